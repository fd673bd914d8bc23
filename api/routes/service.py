"""The routes of the service as a whole."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from api import schemas
from api.answers import (
    NOTICE,
    Absent,
    Health,
    HealthStatus,
    Models,
    ProblemHealth,
    Service,
    Status,
)
from api.routes.challenged import challenger_of
from api.routes.reply import reply
from api.security.errors import Overloaded
from api.settings import Settings
from api.slots import Slot
from api.state import State

_LINKS = {
    "documentation": "/docs",
    "openapi": "/openapi.json",
    "models": "/models",
    "predict": "/predict",
    "model_info": "/model-info",
    "health": "/health",
    "metrics": "/metrics",
}
_PLAIN = {"text/plain": {"schema": {"type": "string"}}}
_NOT_READY = schemas.problem_answer("The default problem has no model yet.")
_SEVERITY: tuple[HealthStatus, ...] = ("ok", "degraded", "no_model")


def service_router(state: State) -> APIRouter:
    """Return the routes that no problem owns."""
    router = APIRouter(tags=["service"], default_response_class=Response)
    default = state.settings.default_problem
    absent = _away_by_design(state.settings)
    speaker = state.speakers.get(default)
    greeting = (speaker and speaker.greeting) or Service

    @router.get("/", operation_id="service", responses=_answers(greeting))
    async def service(_: Request) -> Response:
        """Say what is served here, and where to go on."""
        said = Service("vigia", NOTICE, default, _problems(state), _LINKS)
        return reply(said if speaker is None else speaker.greet(said, state.default_slot.current))

    @router.get("/models", operation_id="models", responses=_answers(Models))
    async def models(_: Request) -> Response:
        """List the problems served and their models."""
        return reply(Models(default, _problems(state)))

    @router.get("/health", operation_id="health", responses=_answers(Health))
    async def health(_: Request) -> Response:
        """Say how every problem fares; always 200, the status is in the body."""
        problems = _problems(state)
        worst = max((problem.status for problem in problems), key=_SEVERITY.index)
        return reply(Health(worst, problems, absent))

    @router.get("/livez", operation_id="livez", responses=_answers(Status))
    async def livez(_: Request) -> Response:
        """Say that the process answers, whether or not it has a model."""
        return reply(Status("alive"))

    @router.get("/readyz", operation_id="readyz", responses={**_answers(Status), 503: _NOT_READY})
    async def readyz(_: Request) -> Response:
        """Say whether the default problem's model is loaded and the worker goes on serving.

        The others do not count: a problem that nobody has trained yet must not keep the
        whole service out of a load balancer.
        """
        if state.draining.begun:
            raise Overloaded("this worker is about to end; ask another", "draining")
        state.default_slot.serving()
        return reply(Status("ready"))

    @router.get("/metrics", operation_id="metrics", responses={200: {"content": _PLAIN}})
    async def metrics(_: Request) -> Response:
        """Return the metrics in Prometheus's text format."""
        return Response(state.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return router


def _answers(struct: type[msgspec.Struct]) -> dict[int | str, dict[str, Any]]:
    return {200: schemas.answer(struct)}


def _away_by_design(settings: Settings) -> list[Absent]:
    """Return what a clinic's laptop does without, so that nobody looks for it."""
    absent = []
    if settings.bundle is not None:
        absent.append(Absent("model registry", "the bundle on disk that VIGIA_BUNDLE names"))
    if settings.history_url.startswith("sqlite"):
        absent.append(Absent("database server", "SQLite in a file on this machine"))
    return absent


def _problems(state: State) -> list[ProblemHealth]:
    return [_health_of(slot, state) for slot in state.slots.values()]


def _health_of(slot: Slot, state: State) -> ProblemHealth:
    serving = slot.current
    well = slot.failure is None and slot.registry_state == "reachable"
    return ProblemHealth(
        problem=slot.name,
        title=slot.problem.title,
        status="no_model" if serving is None else "ok" if well else "degraded",
        version=slot.version,
        data=serving.model.data if serving else None,
        registry=slot.registry_state,
        last_failure=slot.failure,
        challenger=challenger_of(slot, state),
    )
