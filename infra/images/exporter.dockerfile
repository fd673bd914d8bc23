# Shows Prometheus what SQL finds. Another base image or index is chosen by a build argument.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${PYTHON_IMAGE} AS build
ARG INDEX_URL=
WORKDIR /build
COPY requirements requirements
COPY infra/images/install.sh install.sh
RUN --mount=type=cache,target=/root/.cache/uv sh install.sh requirements/exporter.in /opt/venv

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="vigia-exporter" \
      org.opencontainers.image.description="Vigía: metrics of what the databases hold." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 vigia \
 && useradd --uid 10001 --gid vigia --no-create-home --home-dir /tmp --shell /usr/sbin/nologin vigia
COPY --chmod=755 infra/images/entrypoint.sh infra/images/healthy.py /usr/local/bin/
COPY --from=build /opt/venv /opt/venv
COPY infra/exporter/queries.yaml /etc/exporter/queries.yaml
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    VIGIA_ENVIRONMENT=production
WORKDIR /tmp
USER 10001:10001
EXPOSE 9560
HEALTHCHECK --interval=15s --timeout=10s --retries=6 --start-period=300s --start-interval=5s \
    CMD ["python", "/usr/local/bin/healthy.py", "http://127.0.0.1:9560/metrics"]
ENTRYPOINT ["entrypoint.sh"]
CMD ["query-exporter", "--host", "0.0.0.0", "--port", "9560", "--log-format", "json", \
     "--config", "/etc/exporter/queries.yaml"]
