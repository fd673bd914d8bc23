"""The exporter: SQL that shows Prometheus what Airflow, MLflow and the monitors have kept."""

from __future__ import annotations

import sys
from pathlib import Path

import sqlalchemy as sa

from infra.embedded.postgres import Postgres
from infra.embedded.probes import answers, url
from infra.embedded.service import Service
from infra.embedded.settings import HOST, REPOSITORY, Settings

_ROLE = "exporter"
_FOLDER = REPOSITORY / "infra" / "exporter"
_PROGRAM = Path(sys.executable).with_name("query-exporter")


def exporter_service(settings: Settings, common: dict[str, str], postgres: Postgres) -> Service:
    """Return the exporter; it starts once those whose tables it reads have made them.

    Args:
        settings: its port.
        common: the environment of every service.
        postgres: where the tables lie.
    """
    databases = ("airflow", "mlflow", "serving")
    address = url(settings.exporter_port)
    return Service(
        name="exporter",
        command=(
            str(_PROGRAM),
            *("--host", HOST, "--port", str(settings.exporter_port), "--log-format", "json"),
            *("--config", str(_FOLDER / "queries.yaml")),
        ),
        environment=common
        | {
            f"EXPORTER_{database.upper()}_URL": postgres.visitor_url(_ROLE, database)
            for database in databases
        },
        folder=_FOLDER,
        healthy=lambda _: answers(f"{address}/metrics"),
        page=f"{address}/metrics",
        needs=("airflow-api-server", "mlflow"),
        prepare=lambda: _grant(postgres),
    )


def _grant(postgres: Postgres) -> None:
    """Let the exporter read what its queries read; each owner says so of its own tables."""
    for database in ("airflow", "mlflow"):
        engine = sa.create_engine(postgres.owner_url(database))
        with engine.begin() as connection:
            rights = _FOLDER / f"rights-{database}.sql"
            connection.exec_driver_sql(rights.read_text(encoding="utf-8"))
        engine.dispose()
