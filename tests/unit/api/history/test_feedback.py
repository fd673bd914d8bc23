"""What clinicians think of predictions, on SQLite as a clinic's laptop has it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
async def prediction(client: httpx.AsyncClient) -> str:
    """The id of one prediction that the history knows."""
    answer = await client.post("/predict", json={"records": [{"age": 60}]})
    name: str = answer.json()["ids"][0]
    return name


async def give(client: httpx.AsyncClient, prediction: str, **opinion: Any) -> httpx.Response:
    return await client.post(f"/predictions/{prediction}/feedback", json=opinion)


async def test_every_opinion_is_kept_beside_its_prediction(
    client: httpx.AsyncClient, prediction: str
) -> None:
    first = await give(client, prediction, verdict="agree")
    second = await give(
        client, prediction, verdict="override", band="low", reason="Moves in with family"
    )
    again = await give(
        client, prediction, verdict="override", band="low", reason="Moves in with family"
    )

    assert [answer.status_code for answer in (first, second, again)] == [200, 200, 200]
    assert again.json() == second.json()
    kept = (await client.get(f"/predictions/{prediction}")).json()["feedback"]
    assert [(one["revision"], one["verdict"], one["band"]) for one in kept] == [
        (1, "agree", None),
        (2, "override", "low"),
    ]
    assert kept[1]["reason"] == "Moves in with family"
    assert {one["caller"] for one in kept} == {"anonymous"}
    listed = (await client.get("/predictions")).json()["predictions"]
    assert listed[0]["feedback"] == kept


@pytest.mark.parametrize(
    ("opinion", "field"),
    [
        ({}, ""),
        ({"verdict": "maybe"}, "verdict"),
        ({"verdict": "disagree"}, "reason"),
        ({"verdict": "disagree", "reason": "  "}, "reason"),
        ({"verdict": "disagree", "reason": "no\0"}, "reason"),
        ({"verdict": "disagree", "reason": "x" * 1001}, "reason"),
        ({"verdict": "disagree", "reason": "no", "band": "low"}, "band"),
        ({"verdict": "override", "reason": "no"}, "band"),
        ({"verdict": "override", "reason": "no", "band": "purple"}, "band"),
        ({"verdict": "agree", "patient": "17"}, ""),
    ],
)
async def test_an_opinion_that_cannot_be_kept_is_told_why(
    client: httpx.AsyncClient, prediction: str, opinion: dict[str, Any], field: str
) -> None:
    answer = await give(client, prediction, **opinion)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await client.get(f"/predictions/{prediction}")).json()["feedback"] == []


async def test_an_opinion_needs_a_prediction(client: httpx.AsyncClient) -> None:
    assert (await give(client, "0" * 38, verdict="agree")).status_code == 404


async def test_nobody_changes_an_opinion(
    client: httpx.AsyncClient, prediction: str, settings: Settings
) -> None:
    await give(client, prediction, verdict="agree")
    engine = sa.create_engine(settings.history_url)

    for statement in ("UPDATE feedback SET verdict = 'disagree'", "DELETE FROM feedback"):
        with (
            pytest.raises(sa.exc.IntegrityError, match="append-only"),
            engine.begin() as connection,
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()
