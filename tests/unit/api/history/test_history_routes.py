"""The history's routes on SQLite, as a clinic's laptop has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from api.settings import Settings
from tests.unit.api.running import running
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio
NOW = datetime.now(UTC).isoformat()


async def predict(client: httpx.AsyncClient, *records: dict[str, Any], **headers: str) -> list[str]:
    answer = await client.post("/predict", json={"records": list(records)}, headers=headers)
    assert answer.status_code == 200
    ids: list[str] = answer.json()["ids"]
    return ids


async def page(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get("/predictions", params=query)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def test_an_answered_prediction_is_found_at_once_as_it_was_answered(
    client: httpx.AsyncClient,
) -> None:
    record = {"age": 71, "colour": "red", "weight-kg": 80.5, "person": "p-17", "visit": "s-1"}
    answer = (await client.post("/predict", json={"records": [record, {}]})).json()
    found = [(await client.get(f"/predictions/{id_}")).json() for id_ in answer["ids"]]
    assert [one["id"] for one in found] == answer["ids"]
    assert [one["risk"] for one in found] == answer["predictions"]
    assert [one["probabilities"][-1] for one in found] == answer["predictions"]
    assert [one["band"] for one in found] == [d["band"]["name"] for d in answer["details"]]
    assert [one["missing"] for one in found] == [d["missing"] for d in answer["details"]]
    first, second = found
    # Keys of a register are no inputs; the patient's is kept in its own column.
    assert first["inputs"] == {"age": 71, "colour": "red", "weight-kg": 80.5}
    assert (first["patient"], second["patient"]) == ("p-17", None)
    assert (first["record_index"], second["record_index"]) == (0, 1)
    assert first["model_version"] == answer["model"]["version"]
    assert first["model_digest"] == answer["model"]["digest"]
    assert (first["problem"], first["channel"], first["data"]) == ("toy", "production", "synthetic")
    assert first["caller"] == "anonymous"
    assert 0 < first["latency_ms"] < 60_000
    when = datetime.fromisoformat(first["time"])
    assert abs(datetime.now(UTC) - when) < timedelta(minutes=1)


async def test_a_request_id_that_is_sent_twice_loses_no_prediction(
    client: httpx.AsyncClient,
) -> None:
    headers = {"x-request-id": "sent-twice"}
    ids = [*(await predict(client, {"age": 1}, **headers)), *(await predict(client, {}, **headers))]
    found = await page(client, request_id="sent-twice")
    assert [one["id"] for one in found["predictions"]] == sorted(ids, reverse=True)


async def test_the_filters_let_through_what_they_say(client: httpx.AsyncClient) -> None:
    records = [{"age": age, "colour": "red", "person": f"p{age}"} for age in range(20, 90)]
    await predict(client, *records)
    everything = (await page(client, limit=500))["predictions"]
    assert len(everything) == 70
    risks = sorted(one["risk"] for one in everything)
    middle = risks[35]
    above = await page(client, min_risk=middle, limit=500)
    assert above["total"] == len([risk for risk in risks if risk >= middle])
    high = await page(client, band="high", limit=500)
    assert high["total"] == len([one for one in everything if one["band"] == "high"])
    assert (await page(client, patient="p33"))["predictions"][0]["inputs"]["age"] == 33
    assert (await page(client, version="1"))["total"] == 70
    assert (await page(client, version="2"))["total"] == 0
    assert (await page(client, channel="shadow"))["total"] == 0
    moment = everything[0]["time"]
    assert (await page(client, **{"from": moment}))["total"] == 70
    assert (await page(client, to=moment))["total"] == 0


async def test_pages_stay_the_same_while_predictions_come_in(client: httpx.AsyncClient) -> None:
    before = []
    for age in range(20, 43):
        before += await predict(client, {"age": age})
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        found = await page(client, limit=5, **cursor)
        seen += [one["id"] for one in found["predictions"]]
        if found["next"] is None:
            break
        cursor = {"cursor": found["next"]}
        await predict(client, {"age": 99}, {"age": 98})
    assert seen == before[::-1]
    assert found["total"] == 23 + 2 * 4
    assert found["pending"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"min_risk": "1.1"}, "min_risk"),
        ({"min_risk": "nan"}, "min_risk"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-01-01T00:00:00"}, "from"),
        ({"cursor": "page-2"}, "cursor"),
        ({"patient": "nul\0"}, "patient"),
        ({"patient": "x" * 129}, "patient"),
        ({"colour": "red"}, ""),
        ({"problem": "other"}, "problem"),
    ],
)
async def test_a_filter_that_cannot_be_read_is_named(
    client: httpx.AsyncClient, query: dict[str, str], field: str
) -> None:
    answer = await client.get("/predictions", params=query)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00"])
async def test_a_span_may_begin_and_end_anywhere(client: httpx.AsyncClient, moment: str) -> None:
    await predict(client, {})
    totals = [(await page(client, **{name: moment}))["total"] for name in ("from", "to")]
    assert sorted(totals) == [0, 1]


@pytest.mark.parametrize("unknown", ["0" * 38, "x", "%00", "..%2f"])
async def test_an_unknown_prediction_is_not_found(client: httpx.AsyncClient, unknown: str) -> None:
    answer = await client.get(f"/predictions/{unknown}")
    assert answer.status_code == 404


def outcome(prediction_id: str, what: str, when: str = NOW) -> dict[str, str]:
    return {"prediction_id": prediction_id, "outcome": what, "observed_at": when}


async def test_an_outcome_is_kept_once_and_a_correction_is_a_new_row(
    client: httpx.AsyncClient,
) -> None:
    first, second = await predict(client, {"age": 50}, {"age": 60})
    body = {"records": [outcome(first, "yes"), outcome(second, "no")]}
    answer = (await client.post("/outcomes", json=body)).json()
    assert answer["recorded"] == 2
    assert [one["outcome"] for one in answer["outcomes"]] == ["yes", "no"]
    again = (await client.post("/outcomes", json=body)).json()
    assert again == {**answer, "recorded": 0}
    for number, what in enumerate(["no", "yes", "yes"], start=2):
        corrected = (await client.post("/outcomes", json=outcome(first, what))).json()
        assert corrected["outcomes"][0]["revision"] == min(number, 3)
    shown = (await client.get(f"/predictions/{first}")).json()["outcomes"]
    assert [(one["revision"], one["outcome"]) for one in shown] == [
        (1, "yes"),
        (2, "no"),
        (3, "yes"),
    ]
    listed = (await page(client))["predictions"]
    assert [len(one["outcomes"]) for one in listed] == [1, 3]


async def test_one_unknown_prediction_keeps_all_outcomes_out(client: httpx.AsyncClient) -> None:
    (known,) = await predict(client, {})
    body = {"records": [outcome(known, "yes"), outcome("0" * 38, "yes")]}
    answer = await client.post("/outcomes", json=body)
    assert answer.status_code == 404
    assert "records[1]" in answer.json()["detail"]
    assert (await client.get(f"/predictions/{known}")).json()["outcomes"] == []


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"outcome": "perhaps"}, "outcome", "enum"),
        ({"outcome": 1}, "outcome", "contract"),
        ({"observed_at": "2026-01-01"}, "observed_at", "contract"),
        ({"observed_at": "1812-01-01T00:00:00Z"}, "observed_at", "range"),
        ({"observed_at": "9999-12-31T23:59:59-14:00"}, "observed_at", "range"),
        ({"prediction_id": "x"}, "prediction_id", "contract"),
        ({"who": "me"}, "", "contract"),
    ],
)
async def test_an_outcome_that_breaks_a_rule_is_refused_with_its_place(
    client: httpx.AsyncClient, change: dict[str, Any], field: str, rule: str
) -> None:
    (known,) = await predict(client, {})
    body = {"records": [outcome(known, "yes"), outcome(known, "yes") | change]}
    answer = await client.post("/outcomes", json=body)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["record"], error["field"], error["rule"]) == (1, field, rule)


async def test_the_next_start_still_has_the_history(
    settings: Settings, registry: FolderRegistry
) -> None:
    async with running(settings, registry) as client:
        ids = await predict(client, {"age": 1}, {"age": 2})
    assert not list(settings.spool_dir.glob("worker-*"))
    async with running(settings, registry) as client:
        assert [one["id"] for one in (await page(client))["predictions"]] == ids[::-1]


async def test_a_prediction_that_cannot_be_kept_is_not_given(
    settings: Settings, registry: FolderRegistry
) -> None:
    small = settings.model_copy(update={"history_spool_max_bytes": 100})
    async with running(small, registry) as client:
        answer = await client.post("/predict", json={"age": 1})
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:vigia:problem:history-full"
        assert int(answer.headers["retry-after"]) > 0


async def test_without_a_history_there_are_predictions_and_no_ids(
    settings: Settings, registry: FolderRegistry
) -> None:
    async with running(settings.model_copy(update={"history": "off"}), registry) as client:
        assert await predict(client, {"age": 1}) == []
        for route in ("/predictions", "/predictions/x"):
            answer = await client.get(route)
            assert answer.status_code == 503
            assert "VIGIA_HISTORY=off" in answer.json()["detail"]
    assert not settings.spool_dir.exists()


async def test_what_waits_is_shown_to_prometheus(client: httpx.AsyncClient) -> None:
    await predict(client, {"age": 1}, {"age": 2})
    await page(client)  # waits until both are written
    metrics = (await client.get("/metrics")).text
    assert "api_history_spool_records 0.0" in metrics
    written = next(
        line for line in metrics.splitlines() if line.startswith("api_history_written_total")
    )
    assert float(written.split()[1]) >= 2
