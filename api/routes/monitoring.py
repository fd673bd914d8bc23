"""The route that tells what the monitors have found about a problem's model."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import schemas
from api.errors import InvalidRequest
from api.history.monitored import MOST_REPORTS, Monitored
from api.routes.history import AWAY
from api.routes.predict import Endpoint
from api.routes.reply import reply
from api.slots import Slot
from api.state import State

_LIMIT = 1


def monitoring_router(slot: Slot, state: State, suffix: str) -> APIRouter:
    """Return the monitoring's route for the problem in `slot`."""
    router = APIRouter(tags=[slot.name], default_response_class=Response)
    bounds = {"type": "integer", "minimum": 1, "maximum": MOST_REPORTS, "default": _LIMIT}
    limit = {"name": "limit", "in": "query", "description": "Most reports.", "schema": bounds}
    router.add_api_route(
        "/monitoring",
        _endpoint(slot, state),
        methods=["GET"],
        operation_id=f"monitoring{suffix}",
        summary=f"Drift, live performance, and what follows: {slot.problem.title.en}",
        openapi_extra={"parameters": [limit]},
        responses={
            200: schemas.answer(Monitored),
            422: schemas.problem_answer("The limit cannot be read."),
            503: AWAY,
        },
    )
    return router


def _endpoint(slot: Slot, state: State) -> Endpoint:
    async def monitoring(request: Request) -> Response:
        return reply(await state.history.monitoring(slot.name, _limit(request)))

    return monitoring


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(_LIMIT))
    if text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MOST_REPORTS:
        return int(text)
    raise InvalidRequest("range", f"`limit` must lie between 1 and {MOST_REPORTS}", field="limit")
