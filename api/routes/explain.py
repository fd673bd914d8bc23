"""The explanation route of one problem."""

from __future__ import annotations

import anyio.to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import body, schemas
from api.answers import NOTICE
from api.batch.run import model_of
from api.explained import Explained, Explanations
from api.routes.origin import origin_of
from api.routes.predict import Endpoint, keeper, spoken
from api.routes.reply import reply
from api.slots import Serving, Slot
from api.state import State
from ml.bundle import Explanation
from ml.bundle.reasons import reasons

_DESCRIPTION = (
    "Like a prediction, and what moved it: SHAP values of the model's inputs, summed onto the "
    "record's own columns, on the scale of the risk's log-odds: `base_value` and the "
    "`contributions` of a record add up to its `log_odds`. Of more than two classes the predicted "
    "one is explained, against the others. They say what goes together with a higher or lower "
    "risk in the data, never what causes it."
)


def explain_router(slot: Slot, state: State, suffix: str) -> APIRouter:
    """Return the explanation route of the problem in `slot`."""
    router = APIRouter(tags=[slot.name], default_response_class=Response)
    most = state.settings.explain_max_records
    router.add_api_route(
        "/explain",
        _explain_endpoint(slot, state),
        methods=["POST"],
        operation_id=f"explain{suffix}",
        summary=f"Explain: {slot.problem.title.en}",
        description=_DESCRIPTION,
        openapi_extra={"requestBody": schemas.request_body(slot.problem, most)},
        responses={
            200: schemas.answer(Explanations),
            400: schemas.problem_answer("The body is not a JSON object."),
            413: schemas.problem_answer("The body is too large."),
            415: schemas.problem_answer("The body is not sent as JSON."),
            422: schemas.problem_answer("Every broken rule of every record."),
            503: schemas.problem_answer("No model is loaded yet."),
        },
    )
    return router


def _explain_endpoint(slot: Slot, state: State) -> Endpoint:
    settings, keep = state.settings, keeper(slot, state)
    read, _ = spoken(slot, state)

    async def explain(request: Request) -> Response:
        origin = origin_of(request)
        content = await body.read(request, settings.body_max_bytes)
        records = read(content, settings.explain_max_records)
        serving = slot.serving()

        def explained() -> Explanations:
            explanation = serving.model.explain(records)
            (ids,) = keep(serving, [(origin, records)], explanation.prediction)
            return _answer(serving, records, explanation, ids, settings.explain_reasons)

        # Some 3 ms a record: too long for the event loop even for one.
        return reply(await anyio.to_thread.run_sync(explained))

    return explain


def _answer(
    serving: Serving, records: body.Records, explanation: Explanation, ids: list[str], most: int
) -> Explanations:
    inputs = serving.model.schema.inputs
    names = [column.name for column in inputs]
    prediction = explanation.prediction
    several = serving.model.schema.target.several
    parts = zip(
        records,
        prediction.risk.tolist(),
        prediction.predicted,
        serving.model.by_class(prediction.probabilities),
        explanation.base.tolist(),
        explanation.log_odds.tolist(),
        explanation.contributions.tolist(),
        prediction.bands,
        prediction.missing,
        prediction.warnings,
        strict=True,
    )
    return Explanations(
        explanations=[
            Explained(
                probability=risk,
                predicted=predicted,
                probabilities=by_class,
                base_value=base,
                log_odds=log_odds,
                contributions=dict(zip(names, contributions, strict=True)),
                reasons=reasons(
                    inputs,
                    record,
                    missing,
                    contributions,
                    most,
                    predicted.label if several else None,
                ),
                band=band,
                missing=missing,
                warnings=warnings,
                rare=serving.model.rare(record, missing),
            )
            for (
                record,
                risk,
                predicted,
                by_class,
                base,
                log_odds,
                contributions,
                band,
                missing,
                warnings,
            ) in parts
        ],
        base_value=None if several else float(explanation.base[0]),
        ids=ids,
        problem=serving.model.problem,
        model=model_of(serving),
        ignored=prediction.ignored,
        notice=NOTICE,
    )
