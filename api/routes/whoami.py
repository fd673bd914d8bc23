"""The route that tells callers who they are, so that a page can show what they may do."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import schemas
from api.answers import Caller
from api.routes.reply import reply
from api.security.callers import ANYBODY


def whoami_router() -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["service"], default_response_class=Response)

    @router.get("/whoami", operation_id="whoami", responses={200: schemas.answer(Caller)})
    async def whoami(request: Request) -> Response:
        """Say who calls, and with which roles."""
        caller = request.scope.get("state", {}).get("caller", ANYBODY)
        return reply(Caller(caller.name, sorted(caller.roles)))

    return router
