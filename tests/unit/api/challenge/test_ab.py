"""A/B through the application: whose records are whose, and what hinders a challenger."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from api.challenge.arms import Arms
from api.settings import Settings
from ml.bundle import LoadedModel
from ml.registry import Version
from tests.unit.api.challenge.conftest import Start, ask, history, missed, records
from tests.unit.api.running import running
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio

ROWS = records()
THEIRS = Arms("person", 0.5, "challenger-toy").chosen(ROWS)
OURS = [index for index in range(len(ROWS)) if index not in THEIRS]


def offline(model: LoadedModel, rows: list[dict[str, Any]]) -> list[float]:
    risks: list[float] = model.predict(rows).risk.tolist()
    return risks


async def test_each_record_goes_to_its_patients_arm(
    start: Start, models: dict[str, LoadedModel], versions: dict[str, Version]
) -> None:
    assert 10 < len(THEIRS) < 50
    async with start("ab", 0.5) as client:
        for rows in (ROWS, [*ROWS, *ROWS]):  # the second is too many for the event loop
            answer = await ask(client, rows)
            assert answer["model"]["version"] == "1"
            for index, risk in enumerate(answer["predictions"]):
                place = index % len(ROWS)
                number = "2" if place in THEIRS else "1"
                named = answer["details"][index].get("model", answer["model"])
                assert (named["version"], named["digest"]) == (number, versions[number].digest)
                assert [risk] == offline(models[number], [ROWS[place]])


async def test_a_request_of_one_arm_names_its_model_alone(
    start: Start, models: dict[str, LoadedModel]
) -> None:
    async with start("ab", 0.5) as client:
        for places, number in ((THEIRS, "2"), (OURS, "1"), (THEIRS[:1], "2"), (OURS[:1], "1")):
            rows = [ROWS[place] for place in places]
            answer = await ask(client, rows)
            assert answer["model"]["version"] == number
            assert answer["predictions"] == offline(models[number], rows)
            assert not any("model" in detail for detail in answer["details"])


async def test_a_mixed_request_is_told_as_production_alone_would(start: Start) -> None:
    rows = [*ROWS, {"age": 50}]
    async with start("ab", 0.5) as client:
        mixed = await ask(client, rows)
    async with start("ab", 0.0) as client:
        plain = await ask(client, rows)
    for answer in (mixed, plain):
        for detail in answer["details"]:
            detail.pop("model", None)
            for said in ("band", "predicted", "probabilities"):  # each arm's own
                detail.pop(said)
    assert len(mixed.pop("ids")) == len(plain.pop("ids"))
    assert mixed.pop("predictions") != plain.pop("predictions")
    assert mixed == plain


async def test_the_history_has_each_record_once_in_its_channel(start: Start) -> None:
    async with start("ab", 0.5) as client:
        answers = [await ask(client, ROWS), await ask(client, [ROWS[THEIRS[0]]])]
        stored = {row["id"]: row for row in await history(client)}
        assert len(stored) == len(ROWS) + 1
        for answer in answers:
            for index, id_ in enumerate(answer["ids"]):
                row = stored[id_]
                named = answer["details"][index].get("model", answer["model"])
                assert (row["record_index"], row["risk"]) == (index, answer["predictions"][index])
                assert (row["model_version"], row["channel"]) == (
                    named["version"],
                    {"1": "production", "2": "ab"}[named["version"]],
                )
        assert [row["patient"] for row in await history(client, channel="ab")] == [
            *(ROWS[place]["person"] for place in THEIRS),
            ROWS[THEIRS[0]]["person"],
        ]
        text = (await client.get("/metrics")).text
    counted = [line for line in text.splitlines() if "total{" in line and 'channel="ab"' in line]
    assert sum(float(line.rpartition(" ")[2]) for line in counted) == len(THEIRS) + 1
    assert "k3y" not in text


async def test_records_without_a_patient_key_are_productions(start: Start) -> None:
    async with start("ab", 1.0) as client:
        assert (await ask(client, [{"age": 50}]))["model"]["version"] == "1"
        mixed = await ask(client, [{"age": 50}, {"age": 50, "person": "p"}])
        assert mixed["model"]["version"] == "1"
        assert "model" not in mixed["details"][0]
        assert mixed["details"][1]["model"]["version"] == "2"


async def test_all_that_is_wrong_with_a_request_is_told_at_once(start: Start) -> None:
    rows = [ROWS[OURS[0]], {**ROWS[THEIRS[0]], "age": -1}, {**ROWS[OURS[1]], "days": "x"}]
    async with start("ab", 0.5) as client:
        for wrong in (rows, rows[1:2]):
            answer = await client.post("/predict", json={"records": wrong})
            assert answer.status_code == 422
            places = [(error["record"], error["field"]) for error in answer.json()["errors"]]
            assert places == ([(1, "age"), (2, "days")] if len(wrong) > 1 else [(0, "age")])
        assert await history(client) == []
        assert await missed(client) == {}


@pytest.mark.parametrize(
    ("hindrance", "told"),
    [("absent", "no_model"), ("refused", "refused"), ("the same", "same_version")],
)
async def test_whatever_hinders_the_challenger_production_answers(
    start: Start,
    registry: FolderRegistry,
    versions: dict[str, Version],
    hindrance: str,
    told: str,
) -> None:
    registry.staged = {
        "absent": None,
        "refused": msgspec.structs.replace(versions["2"], digest="0" * 64),
        "the same": versions["1"],
    }[hindrance]
    async with start("ab", 1.0) as client:
        assert (await ask(client, ROWS))["model"]["version"] == "1"
        assert await missed(client) == {told: len(ROWS)}
        for path in ("/model-info", "/models", "/health"):
            content = (await client.get(path)).json()
            content = content.get("models", content.get("problems", [content]))[0]
            assert content["challenger"]["hindrance"] == told
        assert content["status"] == "ok"
        assert (await client.get("/readyz")).status_code == 200


async def test_a_challenger_that_fails_costs_no_answer_and_tells_no_value(
    start: Start, breaks: set[str], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    async with start("ab", 0.5) as client:
        breaks.add("2")
        for rows in (ROWS, ROWS, [ROWS[THEIRS[0]]]):
            answer = await ask(client, rows)
            assert answer["model"]["version"] == "1"
            assert not any("model" in detail for detail in answer["details"])
        assert await missed(client) == {"failed": 2 * len(THEIRS) + 1}
        assert len(await history(client, channel="production")) == 2 * len(ROWS) + 1
        assert await history(client, channel="ab") == []
        breaks.clear()
        assert (await ask(client, [ROWS[THEIRS[0]]]))["model"]["version"] == "2"
    log = capsysbinary.readouterr().out
    assert log.count(b"challenger_failed") == 1
    assert b"s3cret" not in log
    assert b"k3y" not in log


async def test_the_alias_is_followed_and_its_end_ends_the_trial(
    start: Start, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    async def tried() -> tuple[str, int, float]:
        answered = (await ask(client, ROWS[:3]))["model"]["version"]
        reloaded = (await client.post("/reload-model")).json()
        assert (reloaded["old"], reloaded["new"]) == ("1", "1")
        text = (await client.get("/metrics")).text
        series = [line for line in text.splitlines() if 'api_model_info{alias="staging"' in line]
        return answered, len(series), sum(float(line.rpartition(" ")[2]) for line in series)

    async with start("ab", 1.0) as client:
        assert await tried() == ("2", 1, 1)
        registry.staged = versions["3"]
        await tried()
        assert await tried() == ("3", 1, 1)
        registry.staged = None
        await tried()
        assert await tried() == ("1", 1, 0)
        registry.away = True
        assert (await client.post("/reload-model")).status_code == 503
        assert (await ask(client, ROWS[:1]))["model"]["version"] == "1"  # still ended
        registry.away = False
        registry.staged = versions["3"]
        await tried()
        assert await tried() == ("3", 1, 1)
        registry.away = True
        assert (await client.post("/reload-model")).status_code == 503
        assert (await ask(client, ROWS[:1]))["model"]["version"] == "3"  # still tried


async def test_a_start_without_the_registry_has_no_challenger(
    start: Start, registry: FolderRegistry
) -> None:
    async with start("ab", 1.0) as client:
        assert (await ask(client, ROWS))["model"]["version"] == "2"
    registry.away = True
    async with start("ab", 1.0) as client:
        assert (await ask(client, ROWS))["model"]["version"] == "1"


async def test_without_the_setting_nobody_asks_for_the_staging_model(
    settings: Settings, registry: FolderRegistry, client: httpx.AsyncClient
) -> None:
    assert "2" not in registry.fetched
    async with running(settings, registry) as other:
        assert (await ask(other, ROWS))["model"]["version"] == "1"
        assert (await other.get("/model-info")).json()["challenger"] is None
    assert "2" not in registry.fetched
