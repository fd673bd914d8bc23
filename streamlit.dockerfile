# The clinicians' pages. Another base image or index is chosen by a build argument.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${PYTHON_IMAGE} AS build
ARG INDEX_URL=
WORKDIR /build
COPY requirements requirements
COPY infra/images/install.sh install.sh
RUN --mount=type=cache,target=/root/.cache/uv sh install.sh requirements/streamlit.in /opt/venv
# Of the library, the pages read the problems' declarations, and what all services share.
COPY ml/*.py /app/ml/
COPY ml/problems /app/ml/problems
COPY ui /app/ui
RUN /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="vigia-streamlit" \
      org.opencontainers.image.description="Vigía: pages for clinicians. Decision support, not a diagnosis." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 vigia \
 && useradd --uid 10001 --gid vigia --no-create-home --home-dir /tmp --shell /usr/sbin/nologin vigia
COPY --chmod=755 infra/images/entrypoint.sh infra/images/healthy.py /usr/local/bin/
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    VIGIA_ENVIRONMENT=production \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_FILE_WATCHER_TYPE=none
WORKDIR /app
USER 10001:10001
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=10s --retries=6 --start-period=300s --start-interval=5s \
    CMD ["python", "/usr/local/bin/healthy.py", "http://127.0.0.1:8501/_stcore/health"]
ENTRYPOINT ["entrypoint.sh"]
CMD ["streamlit", "run", "ui/app.py"]
