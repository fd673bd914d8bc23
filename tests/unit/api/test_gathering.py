from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from api import gathering
from api.errors import HistoryFull
from api.gathering import Gathering
from api.history.noting import Asked
from api.history.rows import Origin
from api.metrics import Metrics
from api.scored import Answered
from api.slots import Serving, Slot
from ml import bundle
from ml.bundle import LoadedModel, Prediction
from ml.errors import InvalidRecord, NoModel
from ml.registry import Version
from tests import toy

pytestmark = pytest.mark.anyio
INPUTS = [column.name for column in toy.problem.inputs]
ROWS: list[dict[str, Any]] = toy.generate(300, seed=8).select(INPUTS).to_pylist()


@pytest.fixture
def slot() -> Slot:
    return Slot(toy.problem, Metrics(), 1.0, lambda *_, **__: None)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records each call of a model got."""
    counted: list[int] = []
    real = LoadedModel.predict

    def predict(model: LoadedModel, records: Sequence[Mapping[str, object]]) -> Prediction:
        counted.append(len(records))
        return real(model, records)

    monkeypatch.setattr(LoadedModel, "predict", predict)
    return counted


class Shared:
    """A gathering, and what it had kept: the records of the requests of each call."""

    def __init__(self, slot: Slot) -> None:
        self.kept: list[list[int]] = []
        self.full = False
        self._gathering = Gathering(slot, self._keep)

    async def predict(
        self, records: list[dict[str, Any]], named: Serving | None = None
    ) -> Answered:
        return await self._gathering.predict(Origin("a" * 32, "somebody", 0.0), records, named)

    def _keep(
        self, serving: Serving, asked: Sequence[Asked], prediction: Prediction
    ) -> list[list[str]]:
        if self.full:
            raise HistoryFull("the disk is full")
        assert serving.version.number
        assert len(prediction.risk) == sum(len(records) for _, records in asked)
        self.kept.append([len(records) for _, records in asked])
        return [[f"{i}.{k}" for k in range(len(records))] for i, (_, records) in enumerate(asked)]


def put(slot: Slot, shelf: tuple[Path, dict[str, Version]], number: str) -> LoadedModel:
    model = bundle.load(shelf[0] / number)
    slot.put(shelf[1][number], model, "swapped")
    return model


async def test_requests_that_come_together_share_a_call_and_get_their_own_answers(
    slot: Slot, shelf: tuple[Path, dict[str, Version]], calls: list[int]
) -> None:
    model = put(slot, shelf, "1")
    calls.clear()
    shared = Shared(slot)
    sizes = [1, 3, 1, 2, 1]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    asked = [ROWS[start : start + size] for start, size in zip(starts, sizes, strict=True)]
    answers = await asyncio.gather(*(shared.predict(records) for records in asked))
    assert calls == [sum(sizes)]
    assert shared.kept == [sizes]
    assert [answer.ids for answer in answers][:2] == [["0.0"], ["1.0", "1.1", "1.2"]]
    for records, answer in zip(asked, answers, strict=True):
        alone = model.predict(records)
        assert answer.prediction.risk.tobytes() == alone.risk.tobytes()
        assert answer.prediction.probabilities.tobytes() == alone.probabilities.tobytes()
        assert answer.prediction[2:] == alone[2:]
        assert answer.serving.version.number == "1"


async def test_what_was_ignored_belongs_to_the_request_that_sent_it(
    slot: Slot, shelf: tuple[Path, dict[str, Version]]
) -> None:
    put(slot, shelf, "1")
    shared = Shared(slot)
    first, second = await asyncio.gather(
        shared.predict([{"age": 60, "visit": "s1"}]), shared.predict([{"age": 60}])
    )
    assert (first.prediction.ignored, second.prediction.ignored) == (("visit",), ())


async def test_a_bad_record_fails_its_own_request_only(
    slot: Slot, shelf: tuple[Path, dict[str, Version]]
) -> None:
    model = put(slot, shelf, "1")
    shared = Shared(slot)
    good, bad, also_good = await asyncio.gather(
        shared.predict(ROWS[:2]),
        shared.predict([{"age": 60}, {"age": -1}]),
        shared.predict(ROWS[2:3]),
        return_exceptions=True,
    )
    assert isinstance(bad, InvalidRecord)
    assert [(v.record, v.field, v.rule) for v in bad.violations] == [(1, "age", "minimum")]
    assert isinstance(good, Answered)
    assert isinstance(also_good, Answered)
    assert good.prediction.risk.tolist() == model.predict(ROWS[:2]).risk.tolist()
    assert also_good.prediction.risk.tolist() == model.predict(ROWS[2:3]).risk.tolist()


async def test_a_client_that_goes_away_breaks_no_other(
    slot: Slot, shelf: tuple[Path, dict[str, Version]], calls: list[int]
) -> None:
    put(slot, shelf, "1")
    calls.clear()
    shared = Shared(slot)
    tasks = [asyncio.create_task(shared.predict([row])) for row in ROWS[:3]]
    await asyncio.sleep(0)  # all three wait now
    tasks[1].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(done[1], asyncio.CancelledError)
    assert calls == [2]
    tasks = [asyncio.create_task(shared.predict([row])) for row in ROWS[:2]]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    assert all(
        isinstance(r, BaseException) for r in await asyncio.gather(*tasks, return_exceptions=True)
    )
    assert len((await shared.predict(ROWS[:1])).prediction.risk) == 1


async def test_a_swap_in_between_gives_no_mixed_answer(
    slot: Slot, shelf: tuple[Path, dict[str, Version]]
) -> None:
    models = {"1": put(slot, shelf, "1")}
    shared = Shared(slot)
    tasks = [asyncio.create_task(shared.predict([row])) for row in ROWS[:4]]
    await asyncio.sleep(0)
    models["2"] = put(slot, shelf, "2")
    for row, answer in zip(ROWS, await asyncio.gather(*tasks), strict=False):
        assert answer.serving.model is models[answer.serving.version.number]
        assert answer.prediction.risk.tolist() == answer.serving.model.predict([row]).risk.tolist()
    assert {(await task).serving.version.number for task in tasks} == {"2"}


async def test_many_records_are_shared_out_over_calls_and_turns(
    slot: Slot, shelf: tuple[Path, dict[str, Version]], calls: list[int]
) -> None:
    put(slot, shelf, "1")
    calls.clear()
    shared = Shared(slot)
    asked = [ROWS[i : i + 50] for i in range(0, 300, 50)]
    answers = await asyncio.gather(*(shared.predict(records) for records in asked))
    assert [len(answer.prediction.risk) for answer in answers] == [50] * 6
    assert calls == [100, 100, 100]


async def test_a_large_request_has_a_call_to_itself(
    slot: Slot, shelf: tuple[Path, dict[str, Version]], calls: list[int]
) -> None:
    put(slot, shelf, "1")
    calls.clear()
    shared = Shared(slot)
    large = gathering.MOST_RECORDS_OF_A_REQUEST + 1
    await asyncio.gather(shared.predict(ROWS[:large]), shared.predict(ROWS[:1]))
    assert sorted(calls) == [1, large]


async def test_what_cannot_be_kept_is_not_answered(
    slot: Slot, shelf: tuple[Path, dict[str, Version]]
) -> None:
    put(slot, shelf, "1")
    shared = Shared(slot)
    shared.full = True
    large = gathering.MOST_RECORDS_OF_A_REQUEST + 1
    answers = await asyncio.gather(
        *(shared.predict(ROWS[:size]) for size in (1, 2, large)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [HistoryFull] * 3
    shared.full = False
    assert len((await shared.predict(ROWS[:1])).ids) == 1


async def test_without_a_model_nothing_waits(slot: Slot) -> None:
    with pytest.raises(NoModel):
        await Shared(slot).predict(ROWS[:1])
