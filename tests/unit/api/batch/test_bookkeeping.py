"""What a batch leaves behind: in the history, the metrics, the turns, on disk."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from api.settings import Settings
from tests import toy
from tests.integration.api.real_server import metric
from tests.unit.api.batch.uploads import (
    UPLOADS,
    as_csv,
    lines,
    post,
)
from tests.unit.api.running import running
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio


async def test_a_batch_is_in_the_history_row_by_row(client: httpx.AsyncClient) -> None:
    for kind, write in (UPLOADS["csv"], UPLOADS["ndjson"]):
        table = toy.generate(30, seed=9)
        _, *rows, _ = lines(await post(client, write(table), kind))
        assert len({row["id"] for row in rows}) == 30
        kept = (await client.get(f"/predictions/{rows[4]['id']}")).json()
        assert kept["risk"] == rows[4]["risk"]
        assert kept["inputs"]["age"] == table["age"][4].as_py()
        assert "visit" not in kept["inputs"]
        assert "person" not in kept["inputs"]


async def test_predictions_are_counted(client: httpx.AsyncClient) -> None:
    await post(client, as_csv(toy.generate(25, seed=1)), "text/csv")
    metrics = (await client.get("/metrics")).text
    assert metric(metrics, "api_predictions_total") == 25
    assert 'api_predictions_total{band="' in metrics


@pytest.fixture
async def busy(settings: Settings, registry: FolderRegistry) -> AsyncIterator[httpx.AsyncClient]:
    """An application that takes a single upload at once."""
    few = settings.model_copy(update={"batch_at_once": 1})
    async with running(few, registry) as client:
        assert (await client.post("/reload-model")).status_code == 200
        yield client


async def test_a_turn_is_given_back_whatever_happens(busy: httpx.AsyncClient) -> None:
    for content, kind, status in (
        (b"age\n60\n", "text/csv", 200),
        (b"", "text/csv", 400),
        (b"years\n60\n", "text/csv", 422),
        (b"x", "text/xml", 415),
        (b"age\n\xff\n", "text/csv", 400),
        (b"age\n60\n", "text/csv", 200),
    ):
        assert (await post(busy, content, kind)).status_code == status


async def test_an_upload_leaves_nothing_on_disk(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    await post(client, as_csv(toy.generate(100, seed=1)), "text/csv")
    assert list(settings.batch_dir.iterdir()) == []


async def test_without_a_model_nothing_is_read(
    settings: Settings, registry: FolderRegistry
) -> None:
    registry.promoted = None
    async with running(settings, registry) as client:
        response = await post(client, b"age\n60\n", "text/csv")
        assert response.status_code == 503
        assert response.json()["type"] == "urn:vigia:problem:no-model"
