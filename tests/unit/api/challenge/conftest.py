from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import httpx
import pytest

from api.challenge.settings import Challenge
from api.settings import Settings
from ml import bundle
from ml.bundle import LoadedModel, Prediction
from ml.registry import Version
from tests import toy
from tests.unit.api.running import running
from tests.unit.api.toy_models import FolderRegistry

Start: TypeAlias = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
COLUMNS = ["person", "age", "weight-kg", "days", "colour", "reason"]


@pytest.fixture
def registry(registry: FolderRegistry, versions: dict[str, Version]) -> FolderRegistry:
    """Version 1 is in production, version 2 is staged."""
    registry.staged = versions["2"]
    return registry


@pytest.fixture
def start(settings: Settings, registry: FolderRegistry) -> Start:
    """Start an application with a challenger, and what else its settings shall be."""

    def started(
        mode: str, share: float, **update: object
    ) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        challenge = Challenge.model_validate({"mode": mode, "share": share})
        return running(
            settings.model_copy(update={"challengers": {"toy": challenge}, **update}), registry
        )

    return started


@pytest.fixture
def models(registry: FolderRegistry, versions: dict[str, Version]) -> dict[str, LoadedModel]:
    return {number: bundle.load(registry.folder / number) for number in versions}


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch, versions: dict[str, Version]) -> set[str]:
    """The versions whose model fails at every record but the one that it was probed with."""
    broken: set[str] = set()
    real = LoadedModel.predict

    def predict(model: LoadedModel, records: Sequence[Mapping[str, object]]) -> Prediction:
        if any(versions[number].digest == model.digest for number in broken):
            raise RuntimeError("s3cret")
        return real(model, records)

    monkeypatch.setattr(LoadedModel, "predict", predict)
    return broken


def records(count: int = 60) -> list[dict[str, Any]]:
    """Return records of as many patients."""
    rows: list[dict[str, Any]] = toy.generate(count, seed=3).select(COLUMNS).to_pylist()
    return [{**row, "person": f"k3y-{index}"} for index, row in enumerate(rows)]


async def ask(client: httpx.AsyncClient, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    answer = await client.post("/predict", json={"records": rows})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def missed(client: httpx.AsyncClient) -> dict[str, float]:
    """Return how many records the challenger missed, by reason."""
    text = (await client.get("/metrics")).text
    start = 'api_challenger_missed_total{problem="toy",reason="'
    lines = [line.removeprefix(start) for line in text.splitlines() if line.startswith(start)]
    return {line.partition('"')[0]: float(line.rpartition(" ")[2]) for line in lines}


async def history(client: httpx.AsyncClient, **filters: object) -> list[dict[str, Any]]:
    """Return all predictions of the history, in the order of their ids."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {**filters, "limit": 500}
    while True:
        page = (await client.get("/predictions", params=query)).json()
        found += page["predictions"]
        if page["next"] is None:
            return found[::-1]
        query["cursor"] = page["next"]
