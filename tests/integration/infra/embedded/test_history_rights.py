"""What the service's role may do in the embedded stack's `serving` database: add and read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from infra.embedded.postgres import Postgres
from tests.integration.api.real_database import Database

TABLES = ("prediction", "outcome", "feedback", "audit")
AUDIT = "INSERT INTO audit VALUES ('{}', now(), 'c', 'a', 'p', '1', 'd', 'secret-of-a-patient')"


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A server whose history is migrated twice, as by two starts."""
    running = Database()
    running.start()
    for _ in range(2):
        running.make()
    yield running
    running.stop()


@pytest.fixture
def serving(database: Database) -> Postgres:
    return database.postgres


def refused(url: str, statement: str) -> str:
    engine = sa.create_engine(url)
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError) as raised:
        connection.execute(sa.text(statement))
    engine.dispose()
    return str(raised.value.orig)


def test_the_service_adds_and_reads_and_does_nothing_else(serving: Postgres) -> None:
    url = serving.url("serving")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(AUDIT.format("of-service")))
        found = connection.execute(sa.text("SELECT id FROM audit")).scalars()
        assert "of-service" in [*found]
    engine.dispose()
    for table in TABLES:
        for change in (f"UPDATE {table} SET caller = 'x'", f"DELETE FROM {table}"):
            assert "permission denied for table" in refused(url, change)
        assert "permission denied for table" in refused(url, f"TRUNCATE {table} CASCADE")
        assert "must be owner" in refused(url, f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        assert "must be owner" in refused(url, f"DROP TABLE {table} CASCADE")
    assert "permission denied for schema" in refused(url, "CREATE TABLE public.x (y int)")
    assert "permission denied" in refused(url, "SET ROLE serving_owner")


def test_not_even_the_owner_changes_a_row_but_in_a_maintenance_that_says_so(
    serving: Postgres,
) -> None:
    url = serving.owner_url("serving")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(AUDIT.format("of-owner")))
    for table in TABLES:
        for change in (
            f"UPDATE {table} SET caller = 'x'",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            assert "append-only" in refused(url, change)
    with engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL vigia.maintenance = 'on'"))
        done = connection.execute(sa.text("DELETE FROM audit WHERE id = 'of-owner'"))
        assert done.rowcount == 1
    assert "append-only" in refused(url, "DELETE FROM audit")
    engine.dispose()


def test_the_servers_log_does_not_repeat_what_the_service_says(database: Database) -> None:
    refused(database.service_url, "SELECT 'secret-of-a-patient' FROM nowhere")
    log = database.log
    assert "nowhere" in log  # the error itself
    assert "secret-of-a-patient" not in log
