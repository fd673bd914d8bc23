"""Errors as RFC 9457 problem documents, for the platform's own and the framework's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from api.errors import InvalidRequest, MalformedBody, kind_of
from api.inference.messages import PREFIX, InferenceError
from api.security.errors import Refused
from api.settings import Settings
from ml.errors import InvalidRecord, UnknownProblem, VigiaError

MEDIA_TYPE = "application/problem+json"
_UNTYPED = "about:blank"
_MOST_TOLD = 20
_TRY_LATER = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}


class FieldError(msgspec.Struct, frozen=True):
    """One broken rule; `record` is null where the rule is about the whole request."""

    record: int | None
    field: str
    rule: str
    message: str


class ProblemDocument(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An error as RFC 9457 describes it, with the id of the request that met it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: tuple[FieldError, ...] = ()
    position: int | None = None


def of_error(error: VigiaError, request_id: str) -> ProblemDocument:
    """Return the document of an error of the platform's tree."""
    kind = kind_of(error)
    return ProblemDocument(
        type=f"urn:vigia:problem:{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=_detail(error),
        instance=f"urn:vigia:request:{request_id}",
        request_id=request_id,
        errors=_field_errors(error),
        position=error.position if isinstance(error, MalformedBody) else None,
    )


def of_status(status: int, detail: str, request_id: str) -> ProblemDocument:
    """Return the document of an HTTP status that no error of the tree stands behind."""
    return ProblemDocument(
        type=_UNTYPED,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=f"urn:vigia:request:{request_id}",
        request_id=request_id,
    )


def internal_error(request_id: str) -> ProblemDocument:
    """Return the document of a fault of ours; it says nothing about the inside."""
    detail = "The service failed on this request. Report the request id to whoever runs it."
    return of_status(HTTPStatus.INTERNAL_SERVER_ERROR, detail, request_id)


def respond(
    document: ProblemDocument, scope: Scope, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the response of an error: the document, or what the Open Inference Protocol has.

    What surrounds the request finds the error's kind in its scope, to count it.
    """
    scope["error_kind"] = _kind(document)
    if not f"{scope['path']}/".startswith(f"{PREFIX}/"):
        content = msgspec.json.encode(document)
        return Response(content, document.status, headers, media_type=MEDIA_TYPE)
    # JSON Schema cannot say which tensors fit a model: such a request keeps to the document, and
    # is at odds with the model in service.
    unfit = document.status == HTTPStatus.UNPROCESSABLE_ENTITY
    status = HTTPStatus.CONFLICT if unfit else document.status
    content = msgspec.json.encode(InferenceError(_told(document)))
    return Response(content, status, headers, media_type="application/json")


def install(app: FastAPI, settings: Settings) -> None:
    """Make the application answer every error with a problem document."""
    retry_after = {"retry-after": str(math.ceil(settings.poll_seconds))}

    async def on_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, VigiaError)  # noqa: S101 - registered for this class only
        document = of_error(error, request.scope["request_id"])
        if isinstance(error, Refused):
            return respond(document, request.scope, error.headers)
        later = document.status in _TRY_LATER
        return respond(document, request.scope, retry_after if later else None)

    async def on_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
        missing = _missing_problem(request, error, settings.problems)
        if missing is not None:
            return await on_error(request, missing)
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers = {"allow": _allowed(request)}
        detail = _status_detail(request, error, headers)
        document = of_status(error.status_code, detail, request.scope["request_id"])
        return respond(document, request.scope, headers)

    app.add_exception_handler(VigiaError, on_error)
    app.add_exception_handler(HTTPException, on_status)


def _kind(document: ProblemDocument) -> str:
    """Return the last part of a document's type, or its status in words."""
    if document.type == _UNTYPED:
        return document.title.lower().replace(" ", "-")
    return document.type.rpartition(":")[2]


def _detail(error: VigiaError) -> str:
    if isinstance(error, InvalidRecord):
        records = {violation.record for violation in error.violations}
        rules, count = len(error.violations), len(records)
        return f"{rules} broken rule(s) in {count} record(s); mend what `errors` lists, send again"
    return str(error)


def _field_errors(error: VigiaError) -> tuple[FieldError, ...]:
    if isinstance(error, InvalidRecord):
        return tuple(FieldError(v.record, v.field, v.rule, v.message) for v in error.violations)
    if isinstance(error, InvalidRequest):
        return (FieldError(error.record, error.field, error.rule, str(error)),)
    return ()


def _missing_problem(
    request: Request, error: HTTPException, served: tuple[str, ...]
) -> UnknownProblem | None:
    """Return the error of an address under `/models/` whose problem is not served."""
    parts = request.url.path.split("/")
    if error.status_code != HTTPStatus.NOT_FOUND or parts[1] != "models" or len(parts) < 4:
        return None
    if parts[2] in served:
        return None
    return UnknownProblem(f"no problem of that name is served here; there are {', '.join(served)}")


def _allowed(request: Request) -> str:
    """Return the methods of all routes at an address; the framework names the first one's."""
    routes = (route for route in request.app.routes if isinstance(route, Route))
    here = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    return ", ".join(sorted({method for route in here for method in route.methods or ()}))


def _told(document: ProblemDocument) -> str:
    """Return in one text what is wrong and where, for the protocol that knows no more."""
    broken = [error for error in document.errors if error.record is not None]
    if not broken:
        return document.detail
    told = [f"records[{e.record}].{e.field}: {e.message} ({e.rule})" for e in broken[:_MOST_TOLD]]
    more = len(broken) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more else "")


def _status_detail(request: Request, error: HTTPException, headers: Mapping[str, str]) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return "There is nothing at this address; GET / lists what there is"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{request.method} does not work here; use {headers['allow']}"
    return str(error.detail)
