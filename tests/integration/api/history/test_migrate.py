"""The tables in both dialects: as declared, made once, and append-only."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from api.errors import HistoryUnavailable
from api.history.database import connect, transaction
from api.history.migrate import migrate
from api.history.tables import METADATA

TABLES = ("prediction", "outcome", "feedback", "audit")
AUDIT = "INSERT INTO audit VALUES ('1', '2026-01-01', 'c', 'a', 'p', '1', 'd', '')"


@pytest.fixture
def migrated(url: str) -> Iterator[sa.Engine]:
    engine = connect(url)
    migrate(engine)
    yield engine
    engine.dispose()


def test_the_migrations_make_what_the_code_declares(migrated: sa.Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": "history_version",
                "compare_type": True,
                # The monitors' table lies beside the history's own.
                "include_name": lambda name, kind, _: kind != "table" or name in METADATA.tables,
            },
        )
        assert compare_metadata(context, METADATA) == []


def test_many_starts_at_once_migrate_once(url: str) -> None:
    engines = [connect(url) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(migrate, engines))
    with engines[0].connect() as connection:
        versions = connection.execute(sa.text("SELECT version_num FROM history_version"))
        assert versions.scalars().all() == ["0003"]
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["UPDATE {} SET caller = 'x'", "DELETE FROM {}"])
def test_a_row_is_neither_changed_nor_deleted(migrated: sa.Engine, table: str, change: str) -> None:
    with migrated.begin() as connection:
        connection.exec_driver_sql(AUDIT)
        _some_prediction(connection)
    with migrated.connect() as connection, pytest.raises(sa.exc.DBAPIError) as refused:
        connection.exec_driver_sql(change.format(table))
    assert f"{table} is append-only" in str(refused.value.orig)


def test_an_outcome_needs_its_prediction(migrated: sa.Engine) -> None:
    with migrated.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.exec_driver_sql(
            "INSERT INTO outcome VALUES ('none', 1, 'yes', '2026-01-01', 'c', '2026-01-01')"
        )


def test_the_services_role_may_add_and_read_alone(service_url: str) -> None:
    engine = connect(service_url)
    with transaction(engine) as connection:
        connection.exec_driver_sql(AUDIT)
        assert connection.exec_driver_sql("SELECT count(*) FROM audit").scalar_one() == 1
    for table in TABLES:
        for change in (
            f"UPDATE {table} SET caller = 'x'",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
            f"DROP TABLE {table} CASCADE",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        ):
            with pytest.raises(HistoryUnavailable, match=r"permission denied|must be owner"):
                _run(engine, change)
    engine.dispose()


def _run(engine: sa.Engine, statement: str) -> None:
    with transaction(engine) as connection:
        connection.exec_driver_sql(statement)


def _some_prediction(connection: sa.Connection) -> None:
    connection.exec_driver_sql(
        "INSERT INTO prediction VALUES ('1', 'r', 0, 'p', 'production', '1', 'd', 'real', 'c', "
        "NULL, '2026-01-01', 1.0, 0.5, 'low', '[]', '[]', '{}', NULL)"
    )
    connection.exec_driver_sql(
        "INSERT INTO outcome VALUES ('1', 1, 'yes', '2026-01-01', 'c', '2026-01-01')"
    )
    connection.exec_driver_sql(
        "INSERT INTO feedback VALUES ('1', 1, 'agree', NULL, '', 'c', '2026-01-01', NULL)"
    )
