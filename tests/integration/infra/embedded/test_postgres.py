from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from infra.embedded.credentials import Credentials
from infra.embedded.postgres import DATABASES, Postgres
from infra.embedded.processes import Supervised, alive
from infra.embedded.settings import Settings
from tests.integration.postgres_server import PostgresServer


@pytest.fixture
def server(settings: Settings) -> Postgres:
    # Deeper than a Unix socket's name may be long.
    folder = settings.state_dir / ("deep" * 30) / "postgres"
    return Postgres(folder, settings.postgres_port, Credentials(settings.state_dir / "secrets"))


@pytest.fixture
def supervised(settings: Settings) -> Iterator[Supervised]:
    service = Supervised("postgres", settings.state_dir)
    yield service
    service.stop(signal.SIGINT, 20)


@pytest.fixture
def start(server: Postgres, supervised: Supervised) -> Callable[[], psutil.Process]:
    def start() -> psutil.Process:
        server.prepare()
        process = supervised.launch(server.command(), {}, server.folder, server.user)
        deadline = time.monotonic() + 20
        while not server.healthy():
            assert alive(process), supervised.tail()
            assert time.monotonic() < deadline, supervised.tail()
            time.sleep(0.05)
        server.ensure_databases()
        return process

    return start


@pytest.fixture(scope="module")
def running() -> Iterator[PostgresServer]:
    """A server for all tests that only look at one."""
    shared = PostgresServer()
    shared.start()
    shared.postgres.ensure_databases()
    yield shared
    shared.stop()


def ask(url: str, statement: str) -> object:
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(sa.text(statement))
            return result.scalar_one() if result.returns_rows else None
    finally:
        engine.dispose()


def test_every_role_may_connect_to_its_own_database_alone(running: PostgresServer) -> None:
    server = running.postgres
    for database in DATABASES:
        url = sa.make_url(server.url(database))
        assert ask(server.url(database), "SELECT current_user") == database
        for other in {*DATABASES, "postgres", "template1"} - {database}:
            with pytest.raises(sa.exc.OperationalError, match="permission denied for database"):
                ask(url.set(database=other).render_as_string(hide_password=False), "SELECT 1")


def test_a_wrong_password_is_refused(running: PostgresServer) -> None:
    url = sa.make_url(running.postgres.url("raw")).set(password="guess")

    with pytest.raises(sa.exc.OperationalError, match="password authentication failed"):
        ask(url.render_as_string(hide_password=False), "SELECT 1")


def test_it_listens_on_this_machines_own_address_alone(running: PostgresServer) -> None:
    listening = [
        connection.laddr
        for process in running.processes()
        for connection in process.net_connections(kind="all")
        if connection.status in {psutil.CONN_LISTEN, psutil.CONN_NONE} and connection.laddr
    ]

    assert {tuple(address) for address in listening} == {("127.0.0.1", running.postgres.port)}


def test_what_was_written_is_there_after_a_restart(
    server: Postgres, start: Callable[[], psutil.Process], supervised: Supervised
) -> None:
    start()
    ask(server.url("raw"), "CREATE TABLE kept AS SELECT 41 + 1 AS answer")
    supervised.stop(signal.SIGINT, 20)
    assert not server.healthy()

    start()

    assert ask(server.url("raw"), "SELECT answer FROM kept") == 42


def test_a_killed_server_starts_again_whoever_has_its_number_now(
    server: Postgres, start: Callable[[], psutil.Process]
) -> None:
    process = start()
    ask(server.url("raw"), "CREATE TABLE kept AS SELECT 41 + 1 AS answer")
    children = process.children(recursive=True)
    process.kill()
    process.wait(10)
    psutil.wait_procs(children, timeout=10)
    lock = server.folder / "data" / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join(["1", *lines[1:]]))  # a live process that is no server of ours

    start()

    assert ask(server.url("raw"), "SELECT answer FROM kept") == 42


def test_data_folder_of_a_killed_first_start_is_made_anew(
    server: Postgres, start: Callable[[], psutil.Process]
) -> None:
    half: Path = server.folder / "unfinished"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    (server.folder / "password").write_text("half")

    start()

    assert ask(server.url("raw"), "SELECT 1") == 1
    assert not half.exists()
    assert not (server.folder / "password").exists()


def test_no_password_is_in_the_servers_log(running: PostgresServer) -> None:
    server = running.postgres
    passwords = {sa.make_url(server.url(database)).password for database in DATABASES}
    strange = sa.make_url(server.url("raw")).set(database="clean")
    with pytest.raises(sa.exc.OperationalError):
        ask(strange.render_as_string(hide_password=False), "SELECT 1")

    assert "permission denied" in running.log
    assert not [password for password in passwords if password and password in running.log]
