"""A real service under load, and a database or a worker that dies: nothing lost or doubled."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.integration.api.real_database import Database, stored
from tests.integration.api.real_server import Server, shelve
from tests.unit.api.toy_models import FolderRegistry

# How long the database stays away; the acceptance run asks for more.
AWAY_SECONDS = float(os.environ.get("VIGIA_TEST_AWAY_SECONDS", "4"))
CLIENTS = 8
CANARY = "canary-of-a-patient"

pytestmark = pytest.mark.fault


class Load:
    """Clients that ask without a pause, each over one connection, and note every answer."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._over = threading.Event()
        self.answered: dict[str, float] = {}
        self.failed: list[str] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join(60)

    def _ask(self, number: int) -> None:
        with httpx.Client(base_url=self._url, timeout=30, trust_env=False) as client:
            for count in range(10**9):
                records = [{"age": 20 + number, "person": CANARY}, {"age": 20 + count % 70}]
                if self._over.is_set():
                    return
                try:
                    answer = client.post("/predict", json={"records": records[: 1 + count % 2]})
                except httpx.TransportError as error:
                    self.failed.append(repr(error))
                    return
                if answer.status_code != 200:
                    self.failed.append(answer.text)
                    continue
                content = answer.json()
                self.answered |= zip(content["ids"], content["predictions"], strict=True)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "shelf").mkdir()
    version = FolderRegistry(tmp_path / "shelf").register("1")
    shelve(tmp_path / "state", tmp_path / "shelf" / "1", version)
    return tmp_path / "state"


@pytest.fixture
def database() -> Iterator[Database]:
    running = Database()
    running.start()
    running.make()
    yield running
    running.stop()


@pytest.fixture
def make_server(state: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    def make(url: str, **settings: object) -> Server:
        monkeypatch.setenv("DATABASE_URL", url)
        limits = {"rate_limit_per_second": 10**6, "rate_limit_burst": 10**6, "access_log": False}
        return Server(state, **{"history": "on", **limits, **settings})

    return make


def waiting(state: Path) -> list[Path]:
    return list((state / "spool").glob("worker-*/*.ndjson"))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_database_that_dies_under_load_fails_no_prediction_and_misses_none(
    database: Database, make_server: Callable[..., Server], state: Path, workers: int
) -> None:
    server = make_server(database.service_url, workers=workers)
    with server.running():
        load = Load(server.url)
        with load.running():
            time.sleep(1)
            database.kill()
            before = len(load.answered)
            time.sleep(AWAY_SECONDS)
            assert len(load.answered) > before + 50
            away = httpx.get(f"{server.url}/predictions", trust_env=False, timeout=30)
            assert away.status_code == 503
            assert away.json()["type"] == "urn:vigia:problem:history-unavailable"
            database.start()
            time.sleep(1)
        found = httpx.get(f"{server.url}/predictions?limit=1", trust_env=False, timeout=30).json()
    log = server.log
    assert load.failed == []
    assert stored(database.service_url) == load.answered
    assert found["total"] + found["pending"] >= len(load.answered)
    assert not waiting(state)
    assert log.count("history_database_away") == log.count("history_database_back") == workers
    assert CANARY not in log


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_a_killed_service_misses_no_answered_prediction_after_its_restart(
    kind: str, make_server: Callable[..., Server], state: Path, request: pytest.FixtureRequest
) -> None:
    url = ""
    if kind == "postgresql":
        url = request.getfixturevalue("database").service_url
    server = make_server(url)
    answered: dict[str, float] = {}
    for _ in range(2):
        with server.running() as process:
            load = Load(server.url)
            with load.running():
                time.sleep(1.5)
                process.kill()
                process.wait()
        assert len(load.answered) > 50
        assert len(load.failed) == CLIENTS  # all had their connection broken
        answered |= load.answered
    assert waiting(state)
    with server.running():
        page = httpx.get(f"{server.url}/predictions", trust_env=False, timeout=30).json()
        assert page["total"] >= len(answered)
    kept = stored(url or f"sqlite:///{state / 'history.db'}")
    assert {one: kept.get(one) for one in answered} == answered
    # What was kept and not answered any more: one request of each client at most, each time.
    assert len(kept) - len(answered) <= 2 * 2 * CLIENTS
    assert not waiting(state)
    assert CANARY not in server.log


def test_a_stop_under_load_writes_what_waits(
    database: Database, make_server: Callable[..., Server], state: Path
) -> None:
    server = make_server(database.service_url)
    load = Load(server.url)
    with server.running() as process, load.running():
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert len(load.answered) > 50
    assert stored(database.service_url) == load.answered
    assert not list((state / "spool").glob("worker-*"))
