"""The routes of the Open Inference Protocol: every problem is a model of its name."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import body, schemas
from api.errors import MalformedBody
from api.gathering import Gathering
from api.inference import tensors
from api.inference.messages import (
    PREFIX,
    InferenceError,
    InferenceRequest,
    InferenceResponse,
    ModelMetadata,
    ModelReady,
    RequestedOutput,
    ServerHealth,
    ServerMetadata,
)
from api.routes.origin import origin_of
from api.routes.plain import PlainRoute
from api.routes.predict import Endpoint, keeper
from api.routes.reply import reply
from api.slots import Serving, Slot
from api.state import State
from ml.errors import UnknownProblem
from ml.problems import Problem

_BINARY_HEADER = "inference-header-content-length"


def inference_router(state: State) -> APIRouter:
    """Return the protocol's routes."""
    router = APIRouter(prefix=PREFIX, tags=["open inference protocol"], route_class=PlainRoute)
    gatherings = {n: Gathering(slot, keeper(slot, state)) for n, slot in state.slots.items()}

    async def server(_: Request) -> Response:
        return reply(ServerMetadata("vigia", "1", []))

    async def live(_: Request) -> Response:
        return reply(ServerHealth(live=True))

    async def ready(_: Request) -> Response:
        is_ready = state.default_slot.current is not None and not state.draining.begun
        return reply(ServerHealth(live=True, ready=is_ready), 200 if is_ready else 503)

    async def model(request: Request) -> Response:
        slot = _slot(request, state)
        return reply(_metadata(slot, _of_version(request, slot.serving())))

    async def model_ready(request: Request) -> Response:
        slot = _slot(request, state)
        is_ready = slot.current is not None and not state.draining.begun
        if slot.current is not None:
            _of_version(request, slot.current)
        return reply(ModelReady(slot.name, is_ready), 200 if is_ready else 503)

    async def infer(request: Request) -> Response:
        return await _infer(request, state, gatherings)

    add = _Adder(router, tuple(state.slots), state.default_slot.problem)
    add("", server, "v2_server", ServerMetadata)
    add("/health/live", live, "v2_live", ServerHealth)
    add("/health/ready", ready, "v2_ready", ServerHealth)
    for path, suffix in (("/models/{name}", ""), ("/models/{name}/versions/{version}", "_version")):
        add(path, model, f"v2_model{suffix}", ModelMetadata)
        add(f"{path}/ready", model_ready, f"v2_model_ready{suffix}", ModelReady)
        add(f"{path}/infer", infer, f"v2_infer{suffix}", InferenceResponse, "POST")
    return router


class _Adder:
    """Adds a route and documents it; errors below its prefix are those of the protocol."""

    def __init__(self, router: APIRouter, names: tuple[str, ...], example: Problem) -> None:
        self._router = router
        self._names = names
        self._problem = example.name  # the request that is shown is about it
        inputs = [tensors.input_of(name, value) for name, value in example.example.items()]
        asked = InferenceRequest(inputs, id="42", outputs=[RequestedOutput(tensors.RISK)])
        self._example = msgspec.to_builtins(asked)

    def __call__(
        self, path: str, endpoint: Endpoint, operation: str, answer: Any, method: str = "GET"
    ) -> None:
        self._router.add_api_route(
            path,
            endpoint,
            methods=[method],
            operation_id=operation,
            summary=operation.removeprefix("v2_").replace("_", " ").capitalize(),
            response_class=Response,
            responses=_responses(answer, path),
            openapi_extra=self._request(path, method),
        )

    def _request(self, path: str, method: str) -> dict[str, Any]:
        found: dict[str, Any] = {"parameters": []}
        if "{name}" in path:
            schema = {"type": "string", "enum": list(self._names)}
            named = _parameter("name", "Name of the problem.", schema)
            found["parameters"].append({**named, "example": self._problem})
        if "{version}" in path:
            text = "Number of the version in service."
            found["parameters"].append(_parameter("version", text, {"type": "string"}))
        if method == "POST":
            content = {"schema": schemas.ref(InferenceRequest), "example": self._example}
            found["requestBody"] = {"required": True, "content": {"application/json": content}}
        return found


async def _infer(request: Request, state: State, gatherings: dict[str, Gathering]) -> Response:
    origin = origin_of(request)
    if _BINARY_HEADER in request.headers:
        raise MalformedBody("binary tensor data are not read here: send them as JSON")
    slot = _slot(request, state)
    serving = _of_version(request, slot.serving())  # or a body would be read for nothing
    # What the address names answers, also where another one is swapped in meanwhile.
    named = serving if "version" in request.path_params else None
    content = await body.read(request, state.settings.body_max_bytes)
    asked = tensors.request_of(content)
    wanted = tensors.wanted_of(asked)  # before anything is predicted and kept
    records = tensors.records_of(asked, state.settings.max_records)
    found = await gatherings[slot.name].predict(origin, records, named)
    outputs = tensors.outputs_of(wanted, found.prediction)
    number, model = found.serving.version.number, found.serving.model
    about = {"digest": model.digest, "data": model.data, "request_id": origin.request_id}
    number_of_request = origin.request_id if asked.id is None else asked.id
    return reply(InferenceResponse(slot.name, number, number_of_request, about, outputs))


def _slot(request: Request, state: State) -> Slot:
    name = request.path_params["name"]
    slot = state.slots.get(name)
    if slot is None:
        raise UnknownProblem(f"no model of that name is served; there are {', '.join(state.slots)}")
    return slot


def _of_version(request: Request, serving: Serving) -> Serving:
    """Return the model, which must be of the version that the address names, if it does."""
    now = serving.version.number
    if request.path_params.get("version", now) != now:
        raise UnknownProblem(f"that version is not in service; {now} is")
    return serving


def _metadata(slot: Slot, serving: Serving) -> ModelMetadata:
    schema = serving.model.schema
    return ModelMetadata(
        name=slot.name,
        versions=[serving.version.number],
        platform="xgboost",
        inputs=tensors.input_metadata(schema),
        outputs=tensors.output_metadata(schema),
    )


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    described = {"description": description, "schema": schema}
    return {"name": name, "in": "path", "required": True, **described}


def _responses(answer: Any, path: str) -> dict[int | str, dict[str, Any]]:
    error = schemas.answer(InferenceError)
    found: dict[int | str, dict[str, Any]] = {200: schemas.answer(answer)}
    if "{name}" in path:
        found |= {404: error, 503: error}
    if path.endswith("/ready"):
        either = {"anyOf": [schemas.ref(answer), schemas.ref(InferenceError)]}
        content = {"application/json": {"schema": either}}
        found[503] = {"description": "Not ready.", "content": content}
    if path.endswith("/infer"):
        found |= {400: error, 409: error, 413: error, 415: error}
    return found
