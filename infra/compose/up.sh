#!/bin/sh
# `make up`: settings, images, services in order of their health, a first model, addresses.
set -eu
cd "$(dirname "$0")/../.."
problem=${1:-}

sh infra/compose/env.sh .env.example "${COMPOSE_ENV_FILES:-.env}"
VIGIA_REVISION=${VIGIA_REVISION:-$(git rev-parse HEAD 2>/dev/null || echo unknown)}
export VIGIA_REVISION

# Images that come from a registry, or are here already, need no build: VIGIA_BUILD=no.
[ "${VIGIA_BUILD:-yes}" = no ] || docker compose build
docker compose up --detach --wait --wait-timeout "${VIGIA_START_SECONDS:-900}"
# Docker itself does not start again what `docker kill` ended.
state=${VIGIA_STATE_DIR:-.vigia}
mkdir -p "$state"
nohup sh infra/compose/keep.sh >>"$state/keep.log" 2>&1 </dev/null &
docker compose run --rm --no-deps pipeline python -m infra.compose --problem "$problem"

address() { # service, port in the container
    docker compose port "$1" "$2" 2>/dev/null || true
}
row() { # what, service, port, login
    found=$(address "$2" "$3")
    [ -z "$found" ] || printf '  %-26s http://%-22s %s\n' "$1" "$found" "$4"
}
echo
row "Pages for clinicians" streamlit 8501 "key: API_KEY_CLINICIAN in .env"
row "API (documentation: /docs)" gateway 8000 "key: API_KEY_CLINICIAN in .env"
row "Airflow" airflow-api-server 8080 "admin, AIRFLOW_ADMIN_PASSWORD in .env"
row "MLflow" mlflow 5000 "no login"
row "Grafana" grafana 3000 "admin, GRAFANA_ADMIN_PASSWORD in .env"
row "Prometheus" prometheus 9090 "no login"
row "Locust" locust 8089 "no login"
