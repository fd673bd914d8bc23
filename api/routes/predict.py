"""The prediction route of one problem."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from api import body
from api.answers import NOTICE, Detail, Model, Predictions
from api.routes.origin import origin_of
from api.routes.reply import reply
from api.slots import Serving, Slot
from api.state import State
from ml.bundle import LoadedModel, Prediction

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

# Measured with a forest of 200 trees and 45 inputs: 1 record takes 1 to 2 ms, 32 take 3 ms,
# 1,000 take 60 ms. Up to here the others wait no longer than for single records; beyond, a
# thread computes while the event loop serves them.
RECORDS_ON_THE_LOOP = 32


def predict_endpoint(slot: Slot, state: State) -> Endpoint:
    """Return the endpoint that predicts with the model in `slot`."""
    settings = state.settings

    async def predict(request: Request) -> Response:
        origin = origin_of(request)
        content = await body.read(request, settings.body_max_bytes)
        records = body.records(content, settings.max_records)
        serving = slot.serving()
        prediction = await _score(serving.model, records)
        number = serving.version.number
        ids = state.history.note(origin, slot.problem, (number, serving.model), records, prediction)
        state.metrics.predictions.labels(slot.name, number).inc(len(records))
        return reply(_answer(serving, prediction, ids))

    return predict


async def _score(model: LoadedModel, records: body.Records) -> Prediction:
    if len(records) <= RECORDS_ON_THE_LOOP:
        return model.predict(records)
    return await anyio.to_thread.run_sync(model.predict, records)


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
