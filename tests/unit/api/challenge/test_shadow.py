"""The shadow through the application: what it scores, and that nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence

import httpx
import pytest
from pydantic import SecretStr

from api.settings import Settings
from ml.bundle import LoadedModel, Prediction
from ml.registry import Version
from tests.integration.api.real_server import metric
from tests.unit.api.challenge.conftest import Start, ask, history, missed, records
from tests.unit.api.running import running, until
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio

ROWS = records()


async def scored(client: httpx.AsyncClient, count: int) -> None:
    """Wait until the shadow has scored as many records."""

    async def are_there() -> bool:
        text = (await client.get("/metrics")).text
        return metric(text, "api_challenger_risk_difference_count") >= count

    await until(are_there, seconds=60)


class Held:
    """Lets the predictions of one model begin, and end only when it is told so."""

    def __init__(self) -> None:
        self.digest = ""
        self.let_go = threading.Event()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    state = Held()
    real = LoadedModel.predict

    def predict(model: LoadedModel, records: Sequence[Mapping[str, object]]) -> Prediction:
        if model.digest == state.digest:
            state.let_go.wait()
        return real(model, records)

    monkeypatch.setattr(LoadedModel, "predict", predict)
    yield state
    state.let_go.set()


async def test_the_answer_is_productions_and_the_shadow_scores_the_same_records(
    start: Start, models: dict[str, LoadedModel], versions: dict[str, Version]
) -> None:
    both = [*ROWS, *ROWS]
    async with start("shadow", 1.0) as client:
        answers = [await ask(client, ROWS), await ask(client, both)]
        await scored(client, 3 * len(ROWS))
        rows = await history(client, channel="shadow")
        answered = await history(client, channel="production")
        text = (await client.get("/metrics")).text
    for answer, sent in zip(answers, (ROWS, both), strict=True):
        assert answer["model"]["version"] == "1"
        assert answer["predictions"] == models["1"].predict(sent).risk.tolist()
        assert not any("model" in detail for detail in answer["details"])
    ids = [id_ for answer in answers for id_ in answer["ids"]]
    assert sorted(ids) == [row["id"] for row in answered]
    assert not {row["id"] for row in rows} & set(ids)
    assert len(rows) == 3 * len(ROWS)
    risks = models["2"].predict(ROWS).risk.tolist()
    assert [row["risk"] for row in rows] == [*risks, *risks, *risks]
    assert {row["model_digest"] for row in rows} == {versions["2"].digest}
    for row, shadowed in zip(answered, rows, strict=True):
        same = ("request_id", "record_index", "patient", "inputs", "caller")
        assert [row[name] for name in same] == [shadowed[name] for name in same]
    difference = sum(abs(a["risk"] - b["risk"]) for a, b in zip(answered, rows, strict=True))
    told = metric(text, "api_challenger_risk_difference_sum")
    assert told == pytest.approx(difference, abs=1e-9)
    assert "k3y" not in text


async def test_the_share_is_of_the_requests(
    start: Start, settings: Settings, registry: FolderRegistry
) -> None:
    async with start("shadow", 0.3) as client:
        for _ in range(400):
            await ask(client, ROWS[:1])
    async with running(settings, registry) as client:  # what waited was scored at the end
        rows = await history(client, channel="shadow")
    # One run in five hundred million lies outside of six standard deviations.
    assert abs(len(rows) - 120) < 6 * (400 * 0.3 * 0.7) ** 0.5


async def test_a_shadow_that_hangs_delays_nobody_and_is_bounded(
    start: Start, held: Held, versions: dict[str, Version]
) -> None:
    async with start("shadow", 1.0, challenger_queue_records=10) as client:
        held.digest = versions["2"].digest
        for row in ROWS[:30]:
            assert (await ask(client, [row]))["model"]["version"] == "1"
        await ask(client, ROWS)
        assert await missed(client) == {"queue_full": 20 + len(ROWS)}
        assert await history(client, channel="shadow") == []
        held.let_go.set()
        await scored(client, 10)

        async def has_room() -> bool:
            await ask(client, ROWS[:10])
            return (await missed(client))["queue_full"] == 20 + len(ROWS)

        assert await has_room()
        await scored(client, 20)
        found = await history(client, channel="shadow")
        assert [row["patient"] for row in found] == [row["person"] for row in ROWS[:10]] * 2


async def test_a_shadow_that_fails_is_counted_and_tells_no_value(
    start: Start, breaks: set[str], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    async def failed() -> bool:
        return await missed(client) == {"failed": 2 * len(ROWS)}

    async with start("shadow", 1.0) as client:
        breaks.add("2")
        for _ in range(2):
            assert (await ask(client, ROWS))["model"]["version"] == "1"
        await until(failed, seconds=60)
        breaks.clear()
        await ask(client, ROWS)
        await scored(client, len(ROWS))
        assert len(await history(client, channel="shadow")) == len(ROWS)
    log = capsysbinary.readouterr().out
    assert log.count(b"challenger_failed") == 1
    assert b"s3cret" not in log
    assert b"k3y" not in log


async def test_a_trial_that_ends_scores_no_more(
    start: Start, registry: FolderRegistry, versions: dict[str, Version], held: Held
) -> None:
    async with start("shadow", 1.0) as client:
        held.digest = versions["2"].digest
        for row in ROWS[:3]:
            await ask(client, [row])
        registry.staged = None
        assert (await client.post("/reload-model")).status_code == 200
        await ask(client, [ROWS[3]])
        held.let_go.set()

        async def over() -> bool:
            # The first was under way when the trial ended, or had not begun.
            return sum((await missed(client)).values()) in {3, 4}

        await until(over, seconds=60)
        assert set(await missed(client)) == {"no_model"}
        told = (await client.get("/model-info")).json()["challenger"]
        assert (told["registry"], told["version"]) == ("no_staging_alias", None)


async def test_a_spool_that_fills_is_left_to_the_answers(start: Start) -> None:
    """Nobody listens at the database's address, so that nothing leaves the spool."""
    away = {
        "database_url": SecretStr("postgresql+psycopg2://nobody@127.0.0.1:1/none"),
        "history_spool_max_bytes": 2**20,  # the answers need two thirds of it
        "history_drain_seconds": 0.0,
    }
    async with start("shadow", 1.0, **away) as client:
        for _ in range(25):
            await ask(client, ROWS)

        async def gave_way() -> bool:
            return (await missed(client)).get("history_full", 0) > 0

        await until(gave_way, seconds=60)
