"""Contestants (a), (b) and (c): the service itself, and the same with a constant answer.

    python -m benchmarks.serving.ours [--constant]

The ceiling differs from the service in one function: it reads the body and parses the
records like the service, then answers with bytes that were made before. Middleware, guard
and metrics are the same.
"""

from __future__ import annotations

import sys

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api import body
from api.__main__ import serve
from api.routes import problem
from api.routes.predict import Endpoint
from api.server_settings import ServerSettings
from api.slots import Slot
from api.state import State


def constant_endpoint(slot: Slot, state: State) -> Endpoint:
    """Return an endpoint that parses records and answers the same whatever they hold."""
    settings = state.settings
    model = {"name": slot.name, "version": "1", "digest": "0" * 64, "data": "real"}
    detail = {"missing": [], "warnings": [], "band": slot.problem.bands[0]}
    answer = msgspec.json.encode(
        {"predictions": [0.1234567890123456], "model": model, "details": [detail], "ids": []}
    )

    async def constant(request: Request) -> Response:
        content = await body.read(request, settings.body_max_bytes)
        body.records(content, settings.max_records)
        return Response(answer, media_type="application/json")

    return constant


if __name__ == "__main__":
    if "--constant" in sys.argv:
        problem.chosen_endpoint = constant_endpoint  # type: ignore[attr-defined] # its import
    sys.exit(serve(ServerSettings()))
