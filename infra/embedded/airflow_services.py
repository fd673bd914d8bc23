"""Airflow in three processes: API server, scheduler with its local workers, DAG processor."""

from __future__ import annotations

import json
from pathlib import Path

from infra.embedded.airflow_schema import migrate
from infra.embedded.credentials import Credentials
from infra.embedded.postgres import Postgres
from infra.embedded.probes import answers, beats, url
from infra.embedded.service import Service, listen, module
from infra.embedded.settings import Settings

AIRFLOW_USER = "admin"
# The default of 32 workers costs 5.6 GB of memory, 4 cost 1.1 GB.
_PARALLELISM = 4


def airflow_services(
    settings: Settings,
    credentials: Credentials,
    common: dict[str, str],
    postgres: Postgres,
    root: Path,
) -> tuple[Service, ...]:
    """Return Airflow's three processes.

    Args:
        settings: ports and the state folder.
        credentials: the secrets.
        common: the environment of every service.
        postgres: where Airflow's tables and the tasks' data lie.
        root: the folder that holds `dags/`.
    """
    core = common | _environment(settings, credentials, postgres, root)
    tasks = core | {
        "VIGIA_RAW_DATABASE_URL": postgres.url("raw"),
        "VIGIA_CLEAN_DATABASE_URL": postgres.url("clean"),
        "VIGIA_SERVING_DATABASE_URL": postgres.visitor_url("monitor", "serving"),
    }
    address = url(settings.airflow_port)
    return (
        Service(
            name="airflow-api-server",
            command=module("airflow", "api-server", *listen(settings.airflow_port)),
            environment=core | {"AIRFLOW__API__WORKERS": "1"},
            folder=root,
            healthy=lambda _: answers(f"{address}/api/v2/version"),
            page=address,
            needs=("postgres",),
            prepare=lambda: migrate(settings.state_dir, core, settings.start_seconds),
        ),
        Service(
            name="airflow-scheduler",
            # Task logs lie in the folder that the API server reads: nobody need serve them.
            command=module("airflow", "scheduler", "--skip-serve-logs"),
            environment=tasks,
            folder=root,
            healthy=lambda since: beats(address, "scheduler", since),
        ),
        Service(
            name="airflow-dag-processor",
            command=module("airflow", "dag-processor"),
            environment=tasks,
            folder=root,
            healthy=lambda since: beats(address, "dag_processor", since),
        ),
    )


def _environment(
    settings: Settings, credentials: Credentials, postgres: Postgres, root: Path
) -> dict[str, str]:
    login = json.dumps({AIRFLOW_USER: credentials.get("airflow-admin")})
    address = url(settings.airflow_port)
    return _traces(settings.otlp_endpoint) | {
        "AIRFLOW_HOME": str(settings.state_dir / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(root / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__JSON_LOGS": "True",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(_PARALLELISM),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{AIRFLOW_USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(
            credentials.write("airflow-logins.json", login)
        ),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": postgres.url("airflow"),
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API_AUTH__JWT_SECRET": credentials.get("airflow-jwt"),
    }


def _traces(endpoint: str) -> dict[str, str]:
    """Return what makes Airflow send its spans to a collector; nothing where none is named."""
    if not endpoint:
        return {}
    return {
        "AIRFLOW__TRACES__OTEL_ON": "True",
        "OTEL_TRACES_EXPORTER": "otlp_proto_http",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{endpoint.rstrip('/')}/v1/traces",
        "OTEL_SERVICE_NAME": "airflow",
    }
