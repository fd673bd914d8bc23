"""The routes of one problem's history."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import body, schemas
from api.errors import InvalidRequest
from api.history import documented
from api.history.answers import Outcomes, Page, StoredPrediction
from api.history.outcomes import Reported
from api.history.queries import Filters
from api.routes.origin import caller_of
from api.routes.predict import Endpoint
from api.routes.reply import reply
from api.slots import Slot
from api.state import State
from ml.errors import InvalidRecord, Violation
from ml.problems import Problem

AWAY = schemas.problem_answer("The database of the history is away; predictions go on.")
UNKNOWN = schemas.problem_answer("No prediction of that id is in the history.")

# Filters whose texts stand for numbers.
_NUMBERS = {"min_risk": float, "limit": int}


def history_router(slot: Slot, state: State, suffix: str) -> APIRouter:
    """Return the history's routes for the problem in `slot`."""
    router = APIRouter(tags=[slot.name], default_response_class=Response)
    speaker = state.speakers.get(slot.name)
    router.add_api_route(
        "/predictions",
        _page_endpoint(slot, state),
        methods=["GET"],
        operation_id=f"predictions{suffix}",
        summary=f"Predictions, newest first: {slot.problem.title.en}",
        openapi_extra={"parameters": documented.filters()},
        responses={
            200: schemas.answer((speaker and speaker.listing) or Page),
            422: schemas.problem_answer("A filter that does not exist or cannot be read."),
            503: AWAY,
        },
    )
    router.add_api_route(
        "/predictions/{prediction_id}",
        _find_endpoint(slot, state),
        methods=["GET"],
        operation_id=f"prediction{suffix}",
        summary=f"One prediction: {slot.problem.title.en}",
        openapi_extra={"parameters": [documented.PREDICTION_ID_PARAMETER]},
        responses={200: schemas.answer(StoredPrediction), 404: UNKNOWN, 503: AWAY},
    )
    router.add_api_route(
        "/outcomes",
        _report_endpoint(slot, state),
        methods=["POST"],
        operation_id=f"outcomes{suffix}",
        summary=f"Report what really happened: {slot.problem.title.en}",
        openapi_extra={
            "requestBody": documented.outcomes_body(slot.problem, state.settings.max_records)
        },
        responses={
            200: schemas.answer(Outcomes),
            400: schemas.problem_answer("The body is not a JSON object."),
            404: UNKNOWN,
            413: schemas.problem_answer("The body is too large."),
            415: schemas.problem_answer("The body is not sent as JSON."),
            422: schemas.problem_answer("Every broken rule of every outcome."),
            503: AWAY,
        },
    )
    return router


def _page_endpoint(slot: Slot, state: State) -> Endpoint:
    speaker = state.speakers.get(slot.name)

    async def predictions(request: Request) -> Response:
        page = await state.history.page(_filters(slot.name, request))
        return reply(page if speaker is None else speaker.page(page))

    return predictions


def _find_endpoint(slot: Slot, state: State) -> Endpoint:
    async def prediction(request: Request) -> Response:
        return reply(await state.history.find(slot.name, request.path_params["prediction_id"]))

    return prediction


def _report_endpoint(slot: Slot, state: State) -> Endpoint:
    async def outcomes(request: Request) -> Response:
        content = await body.read(request, state.settings.body_max_bytes)
        reported = _reported(slot.problem, body.records(content, state.settings.max_records))
        return reply(await state.history.report(slot.name, caller_of(request), reported))

    return outcomes


def _filters(problem: str, request: Request) -> Filters:
    """Return the query of a request as filters, or raise `InvalidRequest`."""
    given: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in given:
            raise InvalidRequest("repeated", "give each filter once", field=name[:80])
        given[name] = value
    if "problem" in given:
        raise InvalidRequest("unknown_field", "the address names the problem", field="problem")
    for name in _NUMBERS.keys() & given.keys():
        # Those alone: to read every text leniently would take `0` for a date.
        with suppress(msgspec.ValidationError):
            given[name] = msgspec.convert(given[name], _NUMBERS[name], strict=False)
    try:
        return msgspec.convert({**given, "problem": problem}, Filters)
    except msgspec.ValidationError as error:
        message, field = place_of(error)
        told = f"this filter cannot be read: {message}"
        raise InvalidRequest("filter", told, field=field) from None


def _reported(problem: Problem, records: body.Records) -> list[Reported]:
    """Return the outcomes of a body, or raise `InvalidRecord` with every broken rule."""
    reported: list[Reported] = []
    violations: list[Violation] = []
    for index, record in enumerate(records):
        try:
            outcome = msgspec.convert(record, Reported)
        except msgspec.ValidationError as error:
            message, field = place_of(error)
            violations.append(Violation(index, field, "contract", message))
            continue
        reported.append(outcome)
        if outcome.outcome not in problem.target.classes:
            message = f"must be one of {', '.join(problem.target.classes)}"
            violations.append(Violation(index, "outcome", "enum", message))
    if violations:
        raise InvalidRecord(violations)
    return reported


def place_of(error: msgspec.ValidationError) -> tuple[str, str]:
    """Return what is wrong, which never repeats a value, and the name of the field."""
    message, _, place = str(error).partition(" - at `$.")
    return message[:200], place.rstrip("`")[:80]
