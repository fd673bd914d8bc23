"""The application against a real MLflow server."""

from __future__ import annotations

import time
from pathlib import Path

import anyio
import httpx
import pytest

from api.settings import Settings
from ml import bundle
from ml.registry import PRODUCTION, Registry, Version, record
from tests.integration.mlflow_server import MlflowServer
from tests.unit.api.running import running, until
from tests.unit.api.toy_models import train

pytestmark = pytest.mark.anyio

RECORD = {"age": 71, "colour": "red", "days": 9}
POLL_SECONDS = 0.5


@pytest.fixture
def registry(server: MlflowServer) -> Registry:
    return Registry(server.url)


@pytest.fixture
def settings(server: MlflowServer, tmp_path: Path) -> Settings:
    return Settings(
        state_dir=tmp_path / "state",
        default_problem="toy",
        mlflow_tracking_uri=server.url,
        poll_seconds=POLL_SECONDS,
    )


def promote(registry: Registry, folder: Path, intercept: float) -> Version:
    """Register a model and move the alias to it."""
    version = record(registry, train(folder, intercept=intercept), "test")
    registry.client.set_registered_model_alias("toy", PRODUCTION, version.number)
    return version


async def answered_by(client: httpx.AsyncClient, version: str) -> bool:
    answer = await client.post("/predict", json=RECORD)
    assert answer.status_code == 200
    return bool(answer.json()["model"]["version"] == version)


async def test_a_promoted_version_answers_within_the_poll_interval(
    settings: Settings, registry: Registry, tmp_path: Path
) -> None:
    async with running(settings, registry) as client:
        assert (await client.get("/readyz")).status_code == 503
        for number, intercept in (("1", 0.0), ("2", 0.7)):
            folder = tmp_path / number
            version = promote(registry, folder, intercept)
            asked = time.monotonic()
            await until(lambda: ready(client))
            await until(lambda number=number: answered_by(client, number))  # type: ignore[misc] # mypy infers no default
            # One interval, and what a fetch and a load take on a busy machine.
            assert time.monotonic() - asked < POLL_SECONDS + 5
            answer = (await client.post("/predict", json=RECORD)).json()
            expected = bundle.load(folder).predict([RECORD]).risk.tolist()
            assert answer["predictions"] == expected
            assert answer["model"]["digest"] == version.digest
        info = (await client.get("/model-info")).json()
        assert (info["run_id"], info["stage"]) == (version.run_id, "Production")


async def ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 200


@pytest.mark.fault
async def test_a_killed_registry_stops_neither_predictions_nor_the_next_start(
    settings: Settings, registry: Registry, server: MlflowServer, tmp_path: Path
) -> None:
    promote(registry, tmp_path / "1", 0.0)
    async with running(settings, registry) as client:
        server.kill()
        await until(lambda: degraded(client), seconds=30)
        assert await answered_by(client, "1")
    async with running(settings, registry) as client:
        await until(lambda: ready(client))  # the old version is brought back in a thread
        assert await answered_by(client, "1")
        server.start()
        await until(lambda: well(client), seconds=30)
        promote(registry, tmp_path / "2", 0.7)
        await until(lambda: answered_by(client, "2"), seconds=30)


async def test_a_frozen_registry_holds_up_no_request(
    settings: Settings, registry: Registry, server: MlflowServer, tmp_path: Path
) -> None:
    promote(registry, tmp_path / "1", 0.0)
    async with running(settings, registry) as client:
        server.freeze()
        try:
            await anyio.sleep(2 * POLL_SECONDS)  # now a poll hangs
            started = time.monotonic()
            for _ in range(50):
                assert await answered_by(client, "1")
            assert time.monotonic() - started < 3
        finally:
            server.thaw()
        await until(lambda: well(client), seconds=30)


async def degraded(client: httpx.AsyncClient) -> bool:
    return bool((await client.get("/health")).json()["status"] == "degraded")


async def well(client: httpx.AsyncClient) -> bool:
    return bool((await client.get("/health")).json()["status"] == "ok")
