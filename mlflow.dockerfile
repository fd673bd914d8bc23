# The MLflow server. Another base image or index is chosen by a build argument.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${PYTHON_IMAGE} AS build
ARG INDEX_URL=
WORKDIR /build
COPY requirements requirements
COPY infra/images/install.sh install.sh
RUN --mount=type=cache,target=/root/.cache/uv sh install.sh requirements/mlflow.in /opt/venv
# Of the library, the form of the logs alone.
COPY ml/__init__.py ml/logs.py /app/ml/
COPY infra/mlflow/logging.json /app/logging.json
RUN /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="vigia-mlflow" \
      org.opencontainers.image.description="Vigía: MLflow server, tracking and model registry." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 vigia \
 && useradd --uid 10001 --gid vigia --no-create-home --home-dir /tmp --shell /usr/sbin/nologin vigia
COPY --chmod=755 infra/images/entrypoint.sh infra/images/healthy.py infra/compose/objects.py \
    /usr/local/bin/
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# Jobs inside the server would cost nine processes and 1.4 GB, and nothing here uses them.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    DO_NOT_TRACK=true \
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false \
    VIGIA_ENVIRONMENT=production
WORKDIR /tmp
USER 10001:10001
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=10s --retries=6 --start-period=300s --start-interval=5s \
    CMD ["python", "/usr/local/bin/healthy.py", "http://127.0.0.1:5000/health"]
ENTRYPOINT ["entrypoint.sh"]
CMD ["mlflow", "server", "--host", "0.0.0.0", "--port", "5000", "--workers", "1", \
     "--expose-prometheus", "/tmp/metrics", "--uvicorn-opts", "--log-config /app/logging.json"]
