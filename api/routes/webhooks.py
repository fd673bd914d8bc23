"""The route that the model registry calls."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import anyio
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import body, schemas
from api.batch.errors import DiskFull
from api.routes.reply import reply
from api.security.errors import Refused, RequestTimedOut
from api.state import State
from api.webhooks import events, signature
from api.webhooks.errors import UnsignedDelivery, WebhookOff
from api.webhooks.events import EVENTS, Delivery
from api.webhooks.registration import ROUTE
from ml.errors import VigiaError

# An alias event has some 200 bytes.
MOST_BYTES = 64 * 1024


def webhooks_router(state: State) -> APIRouter:
    """Return the route of the registry's webhook."""
    is_on = bool(state.settings.webhook_secret.get_secret_value())
    router = APIRouter(tags=["service"], default_response_class=Response, include_in_schema=is_on)

    @router.post(
        ROUTE,
        operation_id="registry_webhook",
        openapi_extra=_REQUEST,
        responses=_RESPONSES,
        status_code=HTTPStatus.ACCEPTED,
    )
    async def registry_webhook(request: Request) -> Response:
        """Take a signed delivery of MLflow's webhook, and ask the registry soon after."""
        count = state.metrics.deliveries.labels
        try:
            delivery = await _take(request, state)
        except VigiaError as error:
            count(error.reason if isinstance(error, Refused) else "malformed").inc()
            if isinstance(error, UnsignedDelivery):
                request.scope.setdefault("state", {})["operation"] = "registry_webhook"
                raise state.security.refusals.note(request.scope, error) from None
            raise
        count(delivery.result).inc()
        accepted = delivery.result == "accepted"
        return reply(delivery, HTTPStatus.ACCEPTED if accepted else HTTPStatus.OK)

    return router


async def _take(request: Request, state: State) -> Delivery:
    settings = state.settings
    secret = settings.webhook_secret.get_secret_value()
    if not secret:
        raise WebhookOff
    signed = signature.claimed(request.headers, settings.webhook_tolerance_seconds)
    content = await _body(request, settings.body_seconds)
    signature.verify(signed, content, secret)
    delivery = events.answer(events.read(content), state.slots)
    try:
        state.deliveries.note(signed.delivery, delivery.problem)
    except OSError as error:
        message = f"the delivery cannot be noted ({error.strerror}): look at VIGIA_STATE_DIR"
        raise DiskFull(message) from error
    return delivery


async def _body(request: Request, seconds: float) -> bytes:
    """Return the body; the limits of the routes that ask for a key do not hold here."""
    try:
        with anyio.fail_after(seconds):
            return await body.read(request, MOST_BYTES)
    except TimeoutError:
        raise RequestTimedOut("the body came too slowly") from None


def _header(name: str, description: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "required": True, "description": description} | {
        "schema": schema
    }


_REQUEST = {
    "parameters": [
        _header(signature.DELIVERY, "The delivery's id; each is taken once."),
        _header(signature.TIMESTAMP, "Seconds since 1970 at which it was signed."),
        _header(
            signature.SIGNATURE,
            "`v1,` and the Base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`.",
        ),
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": schemas.ref(events.Event),
                "example": {
                    "entity": "model_version_alias",
                    "action": "created",
                    "timestamp": "2026-11-02T10:00:00+00:00",
                    "data": {"name": "a-model", "alias": "production", "version": "7"},
                },
            }
        },
    },
}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: schemas.answer(Delivery) | {"description": f"Ignored: not one of {', '.join(EVENTS)}."},
    202: schemas.answer(Delivery) | {"description": "The registry will be asked at once."},
    400: schemas.problem_answer("The body is not a JSON object."),
    401: schemas.problem_answer("Not signed with the secret, or not now."),
    404: schemas.problem_answer("No secret is set: deliveries are not taken."),
    408: schemas.problem_answer("The body came too slowly."),
    409: schemas.problem_answer("The delivery was taken already."),
    413: schemas.problem_answer("The body is too large."),
    415: schemas.problem_answer("The body is not sent as JSON."),
    422: schemas.problem_answer("The body is no event."),
    429: schemas.problem_answer("Too many unsigned deliveries; wait Retry-After seconds."),
    503: schemas.problem_answer("The delivery cannot be noted."),
}
