"""The route that takes what a clinician thinks of a prediction."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import body, schemas
from api.history.answers import StoredFeedback
from api.history.documented import PREDICTION_ID_PARAMETER
from api.history.feedback import LONGEST_REASON, Given
from api.routes.history import AWAY, UNKNOWN, place_of
from api.routes.origin import caller_of
from api.routes.predict import Endpoint
from api.routes.reply import reply
from api.slots import Slot
from api.state import State
from ml.errors import InvalidRecord, Violation
from ml.problems import Problem


def feedback_router(slot: Slot, state: State, suffix: str) -> APIRouter:
    """Return the feedback's route for the problem in `slot`."""
    router = APIRouter(tags=[slot.name], default_response_class=Response)
    router.add_api_route(
        "/predictions/{prediction_id}/feedback",
        _endpoint(slot, state),
        methods=["POST"],
        operation_id=f"feedback{suffix}",
        summary=f"Say what you think of a prediction: {slot.problem.title.en}",
        openapi_extra={
            "parameters": [PREDICTION_ID_PARAMETER],
            "requestBody": _documented(slot.problem),
        },
        responses={
            200: schemas.answer(StoredFeedback),
            400: schemas.problem_answer("The body is not a JSON object."),
            404: UNKNOWN,
            413: schemas.problem_answer("The body is too large."),
            415: schemas.problem_answer("The body is not sent as JSON."),
            422: schemas.problem_answer("The opinion cannot be read, or lacks its reason."),
            503: AWAY,
        },
    )
    return router


def _endpoint(slot: Slot, state: State) -> Endpoint:
    async def feedback(request: Request) -> Response:
        content = await body.read(request, state.settings.body_max_bytes)
        given = _given(slot.problem, body.object_of(content))
        prediction_id = request.path_params["prediction_id"]
        caller = caller_of(request)
        return reply(await state.history.give_feedback(slot.name, prediction_id, caller, given))

    return feedback


def _given(problem: Problem, record: dict[str, Any]) -> Given:
    """Return the opinion of a body, or raise `InvalidRecord` with the broken rule."""
    try:
        given = msgspec.convert(record, Given)
    except msgspec.ValidationError as error:
        message, field = place_of(error)
        raise InvalidRecord([Violation(0, field, "contract", message)]) from None
    _check_judgement(problem, given)
    if given.verdict != "agree" and not given.reason.strip():
        raise InvalidRecord([Violation(0, "reason", "required", "say why, in a few words")])
    return given


def _judgement(problem: Problem) -> tuple[str, list[str]]:
    """Return the field of a caller's own judgement, and what may stand there."""
    if problem.bands:
        return "band", [band.name for band in problem.bands]
    return "predicted", list(problem.target.classes)


def _check_judgement(problem: Problem, given: Given) -> None:
    field, names = _judgement(problem)
    judgements = {"band": given.band, "predicted": given.predicted}
    judged = judgements.pop(field)
    for other, value in judgements.items():
        if value is not None:
            message = f"a judgement of this problem is given as `{field}`"
            raise InvalidRecord([Violation(0, other, "override", message)])
    if (judged is None) is (given.verdict == "override"):
        message = f"`{field}` is the caller's own judgement: give it with `override`, and only then"
        raise InvalidRecord([Violation(0, field, "override", message)])
    if judged is not None and judged not in names:
        message = f"must be one of {', '.join(names)}"
        raise InvalidRecord([Violation(0, field, "enum", message)])


def _documented(problem: Problem) -> dict[str, Any]:
    field, names = _judgement(problem)
    text = {"type": "string", "maxLength": LONGEST_REASON}
    reason = {**text, "pattern": r"^[^\x00]*$"}
    because = {**text, "pattern": r"^[^\x00]*[^\x00\s][^\x00]*$"}
    agree = {
        "type": "object",
        "required": ["verdict"],
        "additionalProperties": False,
        "properties": {"verdict": {"const": "agree"}, "reason": reason},
    }
    disagree = {
        "type": "object",
        "required": ["verdict", "reason"],
        "additionalProperties": False,
        "properties": {"verdict": {"const": "disagree"}, "reason": because},
    }
    override = {
        "type": "object",
        "required": ["verdict", "reason", field],
        "additionalProperties": False,
        "properties": {
            "verdict": {"const": "override"},
            field: {"enum": names},
            "reason": because,
        },
    }
    value = {"verdict": "override", field: names[0], "reason": "Moves in with family"}
    example = {"summary": problem.title.en, "value": value}
    media = {"schema": {"oneOf": [agree, disagree, override]}, "examples": {problem.name: example}}
    return {"required": True, "content": {"application/json": media}}
