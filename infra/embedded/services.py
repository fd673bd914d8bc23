"""The table of services: in order of start, what each runs, knows, needs and answers."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx

from infra.embedded.airflow_schema import migrate
from infra.embedded.credentials import Credentials
from infra.embedded.postgres import Postgres
from infra.embedded.settings import HOST, REPOSITORY, Settings, service_environment

AIRFLOW_USER = "admin"
AIRFLOW_PARALLELISM = 4
_PROBE_SECONDS = 5.0


def _nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """One row of the table.

    Args:
        name: its name on the terminal, and its log's.
        command: program and arguments.
        environment: all that it gets to know of the environment.
        folder: its working directory.
        healthy: tells whether the process that started at that time (seconds since 1970)
            does its work.
        port: the port that it listens on, if any.
        page: where a person finds it, if anywhere.
        needs: services that must be healthy before it starts.
        prepare: what must be done before it starts.
        stop_signal: what makes it end cleanly and fast.
        user: the system user that it must run as; the caller's where `None`.
    """

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    healthy: Callable[[float], bool]
    port: int | None = None
    page: str = ""
    needs: tuple[str, ...] = ()
    prepare: Callable[[], None] = field(default=_nothing)
    stop_signal: signal.Signals = signal.SIGTERM
    user: str | None = None


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
            port=settings.postgres_port,
            prepare=postgres.prepare,
            stop_signal=signal.SIGINT,  # "fast": open connections are closed
            user=postgres.user,
        ),
        _mlflow(settings, common, postgres, root),
        *_airflow(settings, credentials, common | mlflow, postgres, root),
        Service(
            name="api",
            command=_python(
                "uvicorn",
                "api.app:create_app",
                "--factory",
                "--no-access-log",
                *_listen(settings.api_port),
            ),
            environment=common | mlflow | {"DATABASE_URL": postgres.url("serving")},
            folder=root,
            healthy=lambda _: _answers(f"{url(settings.api_port)}/livez"),
            port=settings.api_port,
            page=url(settings.api_port),
        ),
        Service(
            name="ui",
            command=_python(
                *("streamlit", "run", "ui/app.py", "--server.headless=true"),
                *(f"--server.address={HOST}", f"--server.port={settings.ui_port}"),
                *("--server.fileWatcherType=none", "--browser.gatherUsageStats=false"),
            ),
            environment=common | {"VIGIA_API_URL": url(settings.api_port)},
            folder=root,
            healthy=lambda _: _answers(f"{url(settings.ui_port)}/_stcore/health"),
            port=settings.ui_port,
            page=url(settings.ui_port),
        ),
    )


def url(port: int) -> str:
    """Return the address of a service of this machine."""
    return f"http://{HOST}:{port}"


def _mlflow(settings: Settings, common: dict[str, str], postgres: Postgres, root: Path) -> Service:
    return Service(
        name="mlflow",
        command=_python("mlflow", "server", *_listen(settings.mlflow_port), "--workers", "1"),
        environment=common
        | {
            "MLFLOW_BACKEND_STORE_URI": postgres.url("mlflow"),
            "MLFLOW_ARTIFACTS_DESTINATION": str(settings.state_dir / "mlflow"),
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_SERVER_ALLOWED_HOSTS": f"{HOST}:*,localhost:*",
        },
        folder=root,
        healthy=lambda _: _answers(f"{url(settings.mlflow_port)}/health"),
        port=settings.mlflow_port,
        page=url(settings.mlflow_port),
        needs=("postgres",),
        prepare=postgres.ensure_databases,
    )


def _airflow(
    settings: Settings,
    credentials: Credentials,
    common: dict[str, str],
    postgres: Postgres,
    root: Path,
) -> tuple[Service, ...]:
    core = common | _airflow_environment(settings, credentials, postgres, root)
    tasks = core | {
        "VIGIA_RAW_DATABASE_URL": postgres.url("raw"),
        "VIGIA_CLEAN_DATABASE_URL": postgres.url("clean"),
    }
    address = url(settings.airflow_port)
    return (
        Service(
            name="airflow-api-server",
            command=_python("airflow", "api-server", *_listen(settings.airflow_port)),
            environment=core | {"AIRFLOW__API__WORKERS": "1"},
            folder=root,
            healthy=lambda _: _answers(f"{address}/api/v2/version"),
            port=settings.airflow_port,
            page=address,
            needs=("postgres",),
            prepare=lambda: migrate(settings.state_dir, core, settings.start_seconds),
        ),
        Service(
            name="airflow-scheduler",
            # Task logs lie in the folder that the API server reads: nobody need serve them.
            command=_python("airflow", "scheduler", "--skip-serve-logs"),
            environment=tasks,
            folder=root,
            healthy=lambda since: _beats(address, "scheduler", since),
        ),
        Service(
            name="airflow-dag-processor",
            command=_python("airflow", "dag-processor"),
            environment=tasks,
            folder=root,
            healthy=lambda since: _beats(address, "dag_processor", since),
        ),
    )


def _airflow_environment(
    settings: Settings, credentials: Credentials, postgres: Postgres, root: Path
) -> dict[str, str]:
    login = json.dumps({AIRFLOW_USER: credentials.get("airflow-admin")})
    address = url(settings.airflow_port)
    return {
        "AIRFLOW_HOME": str(settings.state_dir / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(root / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(AIRFLOW_PARALLELISM),
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


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


def _listen(port: int) -> tuple[str, ...]:
    return ("--host", HOST, "--port", str(port))


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=_PROBE_SECONDS, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _beats(airflow: str, component: str, since: float) -> bool:
    """Tell whether an Airflow component is healthy and has reported since it was started."""
    try:
        answer = httpx.get(
            f"{airflow}/api/v2/monitor/health", timeout=_PROBE_SECONDS, trust_env=False
        )
    except httpx.TransportError:
        return False
    report = answer.json()[component] if answer.is_success else {}
    beat = report.get(f"latest_{component}_heartbeat")
    return (
        report.get("status") == "healthy" and datetime.fromisoformat(str(beat)).timestamp() > since
    )
