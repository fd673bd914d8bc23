"""The prediction route of one problem."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from api import body
from api.answers import NOTICE, Detail, Model, Predictions
from api.gathering import Gathering, Keep
from api.history import Asked
from api.history.rows import Channel
from api.routes.origin import origin_of
from api.routes.reply import reply
from api.slots import Serving, Slot
from api.state import State
from api.tally import Tally
from ml.bundle import Prediction

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
# From a body, and the most records of one, to its records.
Read: TypeAlias = Callable[[bytes, int], body.Records]
# From a body, its records and their answer to what is sent.
Say: TypeAlias = Callable[[bytes, body.Records, Predictions], Predictions]


def predict_endpoint(slot: Slot, state: State) -> Endpoint:
    """Return the endpoint that predicts with the model in `slot`."""
    settings, gathering = state.settings, Gathering(slot, keeper(slot, state))
    read, say = spoken(slot, state)

    async def predict(request: Request) -> Response:
        origin = origin_of(request)
        content = await body.read(request, settings.body_max_bytes)
        records = read(content, settings.max_records)
        found = await gathering.predict(origin, records)
        return reply(say(content, records, answer_of(*found)))

    return predict


def spoken(slot: Slot, state: State) -> tuple[Read, Say]:
    """Return how a body is read and an answer is told: in the problem's dialect, if it has one."""
    speaker = state.speakers.get(slot.name)
    return (body.records, _plainly) if speaker is None else (speaker.records, speaker.answer)


def _plainly(_: bytes, __: body.Records, answer: Predictions) -> Predictions:
    return answer


def keeper(slot: Slot, state: State, channel: Channel = "production") -> Keep:
    """Return what keeps and counts predictions of the model in `slot`."""
    tally = Tally(state.metrics, slot.name, channel)

    def keep(serving: Serving, asked: Sequence[Asked], prediction: Prediction) -> list[list[str]]:
        model = (serving.version.number, serving.model)
        ids = state.history.note_all(slot.problem, model, asked, prediction, channel)
        tally(serving.version.number, prediction.band_names)
        tally.seen(serving.version.number, prediction.risk.tolist(), prediction.missing)
        return ids

    return keep


def answer_of(serving: Serving, prediction: Prediction, ids: list[str]) -> Predictions:
    """Return the answer that one model gives to a whole request."""
    version = serving.version
    parts = zip(
        prediction.missing,
        prediction.warnings,
        prediction.predicted,
        serving.model.by_class(prediction.probabilities),
        prediction.bands,
        strict=True,
    )
    return Predictions(
        predictions=prediction.risk.tolist(),
        problem=serving.model.problem,
        model=Model(version.name, version.number, serving.model.digest, serving.model.data),
        details=[
            Detail(missing, warnings, predicted, by_class, band)
            for missing, warnings, predicted, by_class, band in parts
        ],
        ignored=prediction.ignored,
        ids=ids,
        notice=NOTICE,
    )
