"""The table of services: in order of start, what each runs, knows, needs and answers."""

from __future__ import annotations

import os
import shlex
import signal
from pathlib import Path

from api.security.callers import Role
from infra.embedded import one_shot, webhook
from infra.embedded.airflow_services import airflow_services
from infra.embedded.api_keys import api_key
from infra.embedded.credentials import Credentials
from infra.embedded.exporter_service import exporter_service
from infra.embedded.postgres import Postgres
from infra.embedded.probes import answers, url
from infra.embedded.prometheus import prometheus_services
from infra.embedded.service import Service, listen, module
from infra.embedded.settings import HOST, REPOSITORY, Settings, service_environment
from infra.streamlit import serve

_MLFLOW_LOGGING = REPOSITORY / "infra" / "mlflow" / "logging.json"


def services(
    settings: Settings, credentials: Credentials, root: Path = REPOSITORY
) -> tuple[Service, ...]:
    """Return every service in order of start.

    Args:
        settings: ports and the state folder.
        credentials: the secrets; each service's environment holds those alone that it needs.
        root: the folder that holds `ml/`, `api/`, `ui/` and `dags/`.
    """
    state = settings.state_dir
    common = service_environment(os.environ, state, root)
    postgres = Postgres(state / "postgres", settings.postgres_port, credentials)
    mlflow = {"VIGIA_MLFLOW_TRACKING_URI": url(settings.mlflow_port)}
    return (
        Service(
            name="postgres",
            command=postgres.command(),
            environment={},
            folder=postgres.folder,
            healthy=lambda _: postgres.healthy(),
            prepare=postgres.prepare,
            stop_signal=signal.SIGINT,  # "fast": open connections are closed
            user=postgres.user,
        ),
        _mlflow(settings, common | webhook.of_mlflow(credentials), postgres, root),
        *airflow_services(settings, credentials, common | mlflow, postgres, root),
        Service(
            name="api",
            command=module("api"),
            environment=common
            | mlflow
            | {
                "DATABASE_URL": postgres.url("serving"),
                "VIGIA_API_HOST": HOST,
                "VIGIA_API_PORT": str(settings.api_port),
            }
            | webhook.of_api(credentials),
            folder=root,
            healthy=lambda _: answers(f"{url(settings.api_port)}/livez"),
            page=url(settings.api_port),
            needs=("postgres",),
            prepare=lambda: _migrate_history(settings, common, postgres),
        ),
        Service(
            name="ui",
            command=module(*serve(HOST, settings.ui_port)),
            environment=common
            | {
                "VIGIA_API_URL": url(settings.api_port),
                "VIGIA_API_KEY": api_key("pages", Role.CLINICIAN, credentials, state),
            },
            folder=root,
            healthy=lambda _: answers(f"{url(settings.ui_port)}/_stcore/health"),
            page=url(settings.ui_port),
        ),
        exporter_service(settings, common, postgres),
        *prometheus_services(settings, credentials),
    )


def _migrate_history(settings: Settings, common: dict[str, str], postgres: Postgres) -> None:
    """Bring the history's tables up to date, as their owner, whom the API does not know."""
    one_shot.run(
        "history-migrate",
        module(
            *("api.history", "migrate", "--service-role", "serving"),
            *("--monitor-role", "monitor", "--reader-role", "exporter"),
        ),
        common | {"DATABASE_URL": postgres.owner_url("serving")},
        settings.state_dir,
        settings.start_seconds,
    )


def _mlflow(settings: Settings, common: dict[str, str], postgres: Postgres, root: Path) -> Service:
    return Service(
        name="mlflow",
        command=module(
            *("mlflow", "server", *listen(settings.mlflow_port), "--workers", "1"),
            *("--expose-prometheus", str(settings.state_dir / "metrics-mlflow")),
            *("--uvicorn-opts", f"--log-config {shlex.quote(str(_MLFLOW_LOGGING))}"),
        ),
        environment=common
        | {
            "MLFLOW_BACKEND_STORE_URI": postgres.url("mlflow"),
            "MLFLOW_ARTIFACTS_DESTINATION": str(settings.state_dir / "mlflow"),
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_SERVER_ALLOWED_HOSTS": f"{HOST}:*,localhost:*",
        },
        folder=root,
        healthy=lambda _: answers(f"{url(settings.mlflow_port)}/health"),
        page=url(settings.mlflow_port),
        needs=("postgres",),
        prepare=postgres.ensure_databases,
    )
