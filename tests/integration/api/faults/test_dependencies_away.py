"""What the service depends on dies under load: predictions go on, and none is lost."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import anyio
import httpx
import pytest
from anyio import to_thread

from tests.integration.api.faults.conftest import Models, service_of
from tests.integration.api.faults.load import PATIENCE_SECONDS, Load
from tests.integration.api.real_database import Database, stored
from tests.integration.mlflow_server import MlflowServer
from tests.integration.object_store import ObjectStore
from tests.unit.api.running import until

pytestmark = [pytest.mark.anyio, pytest.mark.fault]

# How long they stay away; the acceptance run asks for more, and for each of them by itself.
AWAY_SECONDS = float(os.environ.get("VIGIA_TEST_AWAY_SECONDS", "4"))
CLIENTS = 8
ALL = ("registry", "object store", "database")
SINGLY = ALL if "VIGIA_TEST_AWAY_SECONDS" in os.environ else ("database",)


class Part(Protocol):
    def kill(self) -> None: ...
    def start(self) -> None: ...


class Surroundings:
    """A registry that keeps its bundles in an object store, and a database of predictions."""

    def __init__(self, folder: Path, environment: pytest.MonkeyPatch) -> None:
        for name in ("store", "mlflow"):
            (folder / name).mkdir()
        self.store = ObjectStore(folder / "store")
        for name, value in self.store.environment.items():
            environment.setenv(name, value)
        self.registry = MlflowServer(folder / "mlflow", artifacts=self.store.uri)
        self.database = Database()
        parts: tuple[Part, ...] = (self.registry, self.store, self.database)
        self._named = dict(zip(ALL, parts, strict=True))

    @contextmanager
    def running(self) -> Iterator[None]:
        with ExitStack() as at_the_end:
            at_the_end.callback(self.database.stop)
            at_the_end.callback(self.store.kill)
            self.store.make()
            self.registry.start()
            at_the_end.callback(self.registry.kill)
            self.database.start()
            self.database.make()
            yield

    def kill(self, names: tuple[str, ...]) -> None:
        for name in names:
            self._named[name].kill()

    def start(self, names: tuple[str, ...]) -> None:
        for name in reversed(names):
            self._named[name].start()


@pytest.fixture
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Surroundings]:
    made = Surroundings(tmp_path, monkeypatch)
    with made.running():
        yield made


@pytest.mark.parametrize("gone", [*((name,) for name in SINGLY), ALL])
@pytest.mark.timeout(1800)
async def test_what_is_away_fails_no_prediction_and_misses_none(
    surroundings: Surroundings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    gone: tuple[str, ...],
) -> None:
    models = Models(surroundings.registry.url, tmp_path / "models")
    models.register(2)
    models.promote("1")
    monkeypatch.setenv("DATABASE_URL", surroundings.database.service_url)
    service = service_of(surroundings.registry.url, tmp_path / "state", poll_seconds=0.5)
    # Without a pause the clients would take the processors that what is away needs to start.
    load = Load(service.url, models, CLIENTS, pause=0.02)
    with service.running():
        async with load.running():
            await load.answered_by("1")
            if "registry" not in gone:
                # To be fetched from a store that is away, or by a service without a database.
                await to_thread.run_sync(surroundings.kill, gone)
                await to_thread.run_sync(models.promote, "2")
            else:
                await to_thread.run_sync(surroundings.kill, gone)
            await anyio.sleep(AWAY_SECONDS)
            await told_by(service.url, gone)
            await load.answered_again(20 * CLIENTS)
            await to_thread.run_sync(surroundings.start, gone)
            await to_thread.run_sync(models.promote, "2")
            await load.answered_by("2")
    sys.stdout.write(f"{gone} away: {load.answered.total()} requests, {len(load.kept)} records\n")
    assert load.failed == []
    assert load.answered.keys() == {"1", "2"}
    assert stored(surroundings.database.service_url) == load.kept


async def told_by(url: str, gone: tuple[str, ...]) -> None:
    """Wait until the service says what is away; predictions are all that goes on."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:

        async def degraded() -> bool:
            return bool((await http.get("/health")).json()["status"] == "degraded")

        async def history_away() -> bool:
            return (await http.get("/predictions")).status_code == 503

        if "database" in gone:
            await until(history_away, PATIENCE_SECONDS)
        if gone != ("database",):
            await until(degraded, PATIENCE_SECONDS)
