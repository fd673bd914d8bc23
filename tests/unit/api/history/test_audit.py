"""What was done to a model is kept, by whom, and how it ended."""

from __future__ import annotations

import msgspec
import pytest
import sqlalchemy as sa

from api.history.database import connect, transaction
from api.history.tables import AUDIT
from api.settings import Settings
from ml.registry import Version
from tests.unit.api.running import running
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio


async def test_swaps_refusals_and_reloads_leave_a_row(
    settings: Settings, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    async with running(settings, registry) as client:
        registry.promoted = versions["2"]
        assert (await client.post("/reload-model")).status_code == 200
        wrong = msgspec.structs.replace(versions["3"], digest="0" * 64)
        registry.promoted = wrong
        assert (await client.post("/reload-model")).status_code == 502
    engine = connect(settings.history_url)
    with transaction(engine) as connection:
        rows = connection.execute(sa.select(AUDIT).order_by(AUDIT.c.id)).all()
    engine.dispose()
    assert [(row.action, row.caller, row.model_version) for row in rows] == [
        ("swapped", "service", "1"),
        ("swapped", "service", "2"),
        ("reload", "anonymous", "2"),
        ("refused", "service", "3"),
        ("reload", "anonymous", "2"),
    ]
    assert [row.model_digest for row in rows if row.action != "reload"] == [
        versions["1"].digest,
        versions["2"].digest,
        wrong.digest,
    ]
    assert [row.detail for row in rows if row.action == "reload"] == ["swapped", "failed"]
    assert all(row.problem == "toy" for row in rows)
    assert rows[3].detail  # why
