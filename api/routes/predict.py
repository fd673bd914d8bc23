"""The prediction route of one problem."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache, partial
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from api import body
from api.answers import NOTICE, Detail, Model, Predictions
from api.gathering import Gathering, Keep
from api.history import Asked
from api.routes.origin import origin_of
from api.routes.reply import reply
from api.slots import Serving, Slot
from api.state import State
from ml.bundle import Prediction

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def predict_endpoint(slot: Slot, state: State) -> Endpoint:
    """Return the endpoint that predicts with the model in `slot`."""
    settings, gathering = state.settings, Gathering(slot, keeper(slot, state))
    answered = lru_cache(partial(state.metrics.predictions.labels, slot.name))

    async def predict(request: Request) -> Response:
        origin = origin_of(request)
        content = await body.read(request, settings.body_max_bytes)
        records = body.records(content, settings.max_records)
        found = await gathering.predict(origin, records)
        answered(found.serving.version.number).inc(len(records))
        return reply(_answer(*found))

    return predict


def keeper(slot: Slot, state: State) -> Keep:
    """Return what keeps predictions of the model in `slot`."""

    def keep(serving: Serving, asked: Sequence[Asked], prediction: Prediction) -> list[list[str]]:
        model = (serving.version.number, serving.model)
        return state.history.note_all(slot.problem, model, asked, prediction)

    return keep


def _answer(serving: Serving, prediction: Prediction, ids: list[str]) -> Predictions:
    version = serving.version
    parts = zip(prediction.missing, prediction.warnings, prediction.bands, strict=True)
    return Predictions(
        predictions=prediction.risk.tolist(),
        problem=serving.model.problem,
        model=Model(version.name, version.number, serving.model.digest, serving.model.data),
        details=[Detail(missing, warnings, band) for missing, warnings, band in parts],
        ignored=prediction.ignored,
        ids=ids,
        notice=NOTICE,
    )
