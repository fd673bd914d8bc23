"""The prediction route of one problem."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from api import body
from api.answers import Predictions
from api.gathering import Gathering, Keep
from api.history.noting import Asked
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
        return reply(say(content, records, found.answer))

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
