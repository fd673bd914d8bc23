"""The route that lists the versions of a problem's model."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import anyio.to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import schemas
from api.routes.predict import Endpoint
from api.routes.reply import reply
from api.slots import Slot
from api.state import State
from api.versions import Versions, in_service, versions
from ml.promoted.on_disk import OnDisk

if TYPE_CHECKING:
    from ml.registry import Registry

_AWAY = schemas.problem_answer("The model registry is away; predictions go on.")


def versions_router(slot: Slot, state: State, suffix: str) -> APIRouter:
    """Return the versions' route for the problem in `slot`."""
    router = APIRouter(tags=[slot.name], default_response_class=Response)
    router.add_api_route(
        "/versions",
        _endpoint(slot, state),
        methods=["GET"],
        operation_id=f"versions{suffix}",
        summary=f"The model's versions, newest first: {slot.problem.title.en}",
        responses={200: schemas.answer(Versions), 503: _AWAY},
    )
    return router


def _endpoint(slot: Slot, state: State) -> Endpoint:
    registry = state.refresher.registry
    if isinstance(registry, OnDisk):
        return _in_service_endpoint(slot)
    known = cast("Registry", registry)  # MLflow's is the only other one
    # Readers of a slow registry must not take the threads of those who wait for a risk.
    threads = anyio.CapacityLimiter(2)

    async def listed(_: Request) -> Response:
        return reply(
            await anyio.to_thread.run_sync(
                versions, known, slot.name, limiter=threads, abandon_on_cancel=True
            )
        )

    return listed


def _in_service_endpoint(slot: Slot) -> Endpoint:
    async def listed(_: Request) -> Response:
        return reply(in_service(slot))

    return listed
