# Airflow with the DAGs and the library that their tasks call: API server, scheduler, DAG
# processor, triggerer and tasks alike. Another base image or index is chosen by a build argument.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${PYTHON_IMAGE} AS build
ARG INDEX_URL=
WORKDIR /build
COPY requirements requirements
COPY infra/images/install.sh install.sh
RUN --mount=type=cache,target=/root/.cache/uv sh install.sh requirements/airflow.in /opt/venv
COPY ml /app/ml
COPY dags /app/dags
COPY infra/__init__.py /app/infra/
COPY infra/embedded /app/infra/embedded
COPY infra/compose /app/infra/compose
RUN /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="vigia-airflow" \
      org.opencontainers.image.description="Vigía: Airflow with the pipelines of every problem." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Volumes on these folders belong to the user from their first use on.
RUN groupadd --gid 10001 vigia \
 && useradd --uid 10001 --gid vigia --no-create-home --home-dir /tmp --shell /usr/sbin/nologin vigia \
 && install --directory --owner 10001 --group 10001 --mode 700 \
    /var/lib/vigia /var/lib/airflow /var/log/airflow
COPY --chmod=755 infra/images/entrypoint.sh infra/images/healthy.py \
    infra/images/airflow-api-server.sh /usr/local/bin/
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    DO_NOT_TRACK=true \
    GIT_PYTHON_REFRESH=quiet \
    NUMBA_CACHE_DIR=/var/lib/vigia/numba \
    AIRFLOW_HOME=/var/lib/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/app/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__LOGGING__BASE_LOG_FOLDER=/var/log/airflow \
    VIGIA_ENVIRONMENT=production \
    VIGIA_STATE_DIR=/var/lib/vigia
WORKDIR /app
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=10s --retries=6 --start-period=300s --start-interval=5s \
    CMD ["python", "/usr/local/bin/healthy.py", "http://127.0.0.1:8080/api/v2/version"]
ENTRYPOINT ["entrypoint.sh"]
CMD ["airflow-api-server.sh"]
