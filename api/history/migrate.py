"""Bringing the history's tables up to date, as their owner."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from api.history.database import POSTGRESQL, transaction
from api.history.tables import METADATA
from ml.data.database import lock, quoted
from ml.monitoring import table as monitoring

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(
    engine: sa.Engine,
    service_role: str = "",
    monitor_role: str = "",
    readers: Sequence[str] = (),
) -> None:
    """Run the migrations that are missing; several processes may do so at once.

    Args:
        engine: for the tables' owner.
        service_role: the role of PostgreSQL that the API logs in as; it gets the right to
            insert and to select, and no other.
        monitor_role: the role that the monitors' tasks log in as; it reads what they need of
            the history, and adds reports.
        readers: roles that read those reports alone.

    Raises:
        HistoryUnavailable: the database is away, or the role is not the owner.
    """
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    with transaction(engine) as connection:
        if engine.dialect.name == POSTGRESQL:  # a transaction on SQLite is alone anyway
            lock(connection, "history-migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if engine.dialect.name == POSTGRESQL:
            monitoring.create(connection)
            reading = [*filter(None, [service_role]), *readers]
            monitoring.grant(connection, monitor_role, reading)
        if service_role:
            _grant(connection, service_role)


def _grant(connection: sa.Connection, role: str) -> None:
    tables = ", ".join(quoted(name) for name in METADATA.tables)
    connection.exec_driver_sql(f"REVOKE ALL ON {tables} FROM {quoted(role)}")
    connection.exec_driver_sql(f"GRANT SELECT, INSERT ON {tables} TO {quoted(role)}")
