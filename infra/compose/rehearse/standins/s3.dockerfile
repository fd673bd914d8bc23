# OpenStack Swift in MinIO's place, and a script in the place of its client.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM ${PYTHON_IMAGE}
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
WORKDIR /vigia
# hadolint ignore=DL3022
COPY --from=repository requirements requirements
# hadolint ignore=DL3022
COPY --from=repository infra/images/install.sh install.sh
COPY s3.in s3.in
RUN --mount=type=cache,target=/root/.cache/uv sh install.sh s3.in /opt/venv
# hadolint ignore=DL3022
COPY --from=tests swift_part.py swift_part.py
COPY s3.py minio_health.py /vigia/
COPY --chmod=755 mc.py /usr/local/bin/mc
RUN install --directory --owner 1000 --group 1000 /data
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/vigia PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
USER 1000:1000
VOLUME /data
ENTRYPOINT ["python", "/vigia/s3.py"]
