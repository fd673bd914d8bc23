"""The route that counts a problem's predictions, and tells how they did."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import schemas
from api.errors import InvalidRequest
from api.history.activity import MOST_DAYS, Activity
from api.routes.history import AWAY
from api.routes.predict import Endpoint
from api.routes.reply import reply
from api.slots import Slot
from api.state import State

_DAYS = 30


def activity_router(slot: Slot, state: State, suffix: str) -> APIRouter:
    """Return the activity's route for the problem in `slot`."""
    router = APIRouter(tags=[slot.name], default_response_class=Response)
    bounds = {"type": "integer", "minimum": 1, "maximum": MOST_DAYS, "default": _DAYS}
    description = "Over how many days, today included."
    days = {"name": "days", "in": "query", "description": description, "schema": bounds}
    router.add_api_route(
        "/activity",
        _endpoint(slot, state),
        methods=["GET"],
        operation_id=f"activity{suffix}",
        summary=f"How much it was used, and how it did: {slot.problem.title.en}",
        openapi_extra={"parameters": [days]},
        responses={
            200: schemas.answer(Activity),
            422: schemas.problem_answer("The number of days cannot be read."),
            503: AWAY,
        },
    )
    return router


def _endpoint(slot: Slot, state: State) -> Endpoint:
    async def activity(request: Request) -> Response:
        return reply(await state.history.activity(slot.problem, _days(request)))

    return activity


def _days(request: Request) -> int:
    text = request.query_params.get("days", str(_DAYS))
    if text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MOST_DAYS:
        return int(text)
    raise InvalidRequest("range", f"`days` must lie between 1 and {MOST_DAYS}", field="days")
