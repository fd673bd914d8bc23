# Simulated users. Another base image or index is chosen by a build argument.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${PYTHON_IMAGE} AS build
ARG INDEX_URL=
WORKDIR /build
COPY requirements requirements
COPY infra/images/install.sh install.sh
RUN --mount=type=cache,target=/root/.cache/uv sh install.sh requirements/locust.in /opt/venv
COPY ml /opt/vigia/ml
COPY locust /app/locust
RUN /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app /opt/vigia

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="vigia-locust" \
      org.opencontainers.image.description="Vigía: load from simulated users." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 vigia \
 && useradd --uid 10001 --gid vigia --no-create-home --home-dir /tmp --shell /usr/sbin/nologin vigia
COPY --chmod=755 infra/images/entrypoint.sh infra/images/healthy.py /usr/local/bin/
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/vigia /opt/vigia
COPY --from=build /app /app
# The folder of the users must not be a package's parent: it would hide the library of its name.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app/locust:/opt/vigia \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    NUMBA_CACHE_DIR=/tmp/numba \
    VIGIA_ENVIRONMENT=production
WORKDIR /tmp
USER 10001:10001
EXPOSE 8089 9646
HEALTHCHECK --interval=15s --timeout=10s --retries=6 --start-period=300s --start-interval=5s \
    CMD ["python", "/usr/local/bin/healthy.py", "http://127.0.0.1:8089/"]
ENTRYPOINT ["entrypoint.sh"]
CMD ["locust", "--locustfile", "/app/locust/users.py"]
