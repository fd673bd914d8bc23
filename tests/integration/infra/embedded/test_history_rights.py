"""What the service's role may do in the embedded stack's `serving` database: add and read."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from api.history.__main__ import main
from infra.embedded.credentials import Credentials
from infra.embedded.postgres import Postgres
from infra.embedded.processes import Supervised
from infra.embedded.settings import Settings

TABLES = ("prediction", "outcome", "feedback", "audit")
AUDIT = "INSERT INTO audit VALUES ('1', now(), 'c', 'a', 'p', '1', 'd', 'secret-of-a-patient')"


@pytest.fixture
def serving(settings: Settings) -> Iterator[Postgres]:
    """A server whose history is migrated twice, as by two starts."""
    postgres = Postgres(
        settings.state_dir / "postgres",
        settings.postgres_port,
        Credentials(settings.state_dir / "secrets"),
    )
    postgres.prepare()
    supervised = Supervised("postgres", settings.state_dir)
    supervised.launch(postgres.command(), {}, postgres.folder, postgres.user)
    deadline = time.monotonic() + 20
    while not postgres.healthy():
        assert time.monotonic() < deadline, supervised.tail()
        time.sleep(0.05)
    for _ in range(2):
        postgres.ensure_databases()
        url = postgres.owner_url("serving")
        assert main(["migrate", "--url", url, "--service-role", "serving"]) == 0
    yield postgres
    supervised.stop(signal.SIGINT, 20)


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
        connection.execute(sa.text(AUDIT))
        assert connection.execute(sa.text("SELECT count(*) FROM audit")).scalar_one() == 1
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
        connection.execute(sa.text(AUDIT))
    for table in TABLES:
        for change in (
            f"UPDATE {table} SET caller = 'x'",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            assert "append-only" in refused(url, change)
    with engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL vigia.maintenance = 'on'"))
        assert connection.execute(sa.text("DELETE FROM audit")).rowcount == 1
    assert "append-only" in refused(url, "DELETE FROM audit")
    engine.dispose()


def test_the_servers_log_does_not_repeat_what_the_service_says(
    serving: Postgres, settings: Settings
) -> None:
    refused(serving.url("serving"), "SELECT 'secret-of-a-patient' FROM nowhere")
    log = (settings.state_dir / "logs" / "postgres.log").read_text()
    assert "nowhere" in log  # the error itself
    assert "secret-of-a-patient" not in log
