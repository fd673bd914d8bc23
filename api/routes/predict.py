"""The prediction route of one problem."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from api import body
from api.answers import NOTICE, Detail, Model, Predictions
from api.gathering import Gathering
from api.routes.origin import origin_of
from api.routes.reply import reply
from api.slots import Serving, Slot
from api.state import State
from ml.bundle import Prediction

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def predict_endpoint(slot: Slot, state: State) -> Endpoint:
    """Return the endpoint that predicts with the model in `slot`."""
    settings, gathering = state.settings, Gathering(slot)
    answered = lru_cache(partial(state.metrics.predictions.labels, slot.name))

    async def predict(request: Request) -> Response:
        origin = origin_of(request)
        content = await body.read(request, settings.body_max_bytes)
        records = body.records(content, settings.max_records)
        serving, prediction = await gathering.predict(records)
        number = serving.version.number
        ids = state.history.note(origin, slot.problem, (number, serving.model), records, prediction)
        answered(number).inc(len(records))
        return reply(_answer(serving, prediction, ids))

    return predict


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
