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
    if (given.band is None) is (given.verdict == "override"):
        message = "`band` is the caller's own judgement: give it with `override`, and only then"
        raise InvalidRecord([Violation(0, "band", "override", message)])
    names = [band.name for band in problem.bands]
    if given.band is not None and given.band not in names:
        message = f"must be one of {', '.join(names)}"
        raise InvalidRecord([Violation(0, "band", "enum", message)])
    if given.verdict != "agree" and not given.reason.strip():
        raise InvalidRecord([Violation(0, "reason", "required", "say why, in a few words")])
    return given


def _documented(problem: Problem) -> dict[str, Any]:
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
        "required": ["verdict", "reason", "band"],
        "additionalProperties": False,
        "properties": {
            "verdict": {"const": "override"},
            "band": {"enum": [band.name for band in problem.bands]},
            "reason": because,
        },
    }
    value = {"verdict": "override", "band": problem.bands[0].name, "reason": "Moves in with family"}
    example = {"summary": problem.title.en, "value": value}
    media = {"schema": {"oneOf": [agree, disagree, override]}, "examples": {problem.name: example}}
    return {"required": True, "content": {"application/json": media}}
