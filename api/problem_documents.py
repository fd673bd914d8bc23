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

from api.errors import InvalidRequest, MalformedBody, kind_of
from api.security.errors import Refused
from api.settings import Settings
from ml.errors import InvalidRecord, UnknownProblem, VigiaError

MEDIA_TYPE = "application/problem+json"


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
        type="about:blank",
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


def respond(document: ProblemDocument, headers: Mapping[str, str] | None = None) -> Response:
    """Return the document as a response."""
    body = msgspec.json.encode(document)
    return Response(body, document.status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI, settings: Settings) -> None:
    """Make the application answer every error with a problem document."""
    retry_after = {"retry-after": str(math.ceil(settings.poll_seconds))}

    async def on_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, VigiaError)  # noqa: S101 - registered for this class only
        document = of_error(error, request.scope["request_id"])
        if isinstance(error, Refused):
            return respond(document, error.headers)
        unavailable = document.status == HTTPStatus.SERVICE_UNAVAILABLE
        return respond(document, retry_after if unavailable else None)

    async def on_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
        missing = _missing_problem(request, error, settings.problems)
        if missing is not None:
            return await on_error(request, missing)
        detail = _status_detail(request, error)
        document = of_status(error.status_code, detail, request.scope["request_id"])
        return respond(document, error.headers)

    app.add_exception_handler(VigiaError, on_error)
    app.add_exception_handler(HTTPException, on_status)


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


def _status_detail(request: Request, error: HTTPException) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return "There is nothing at this address; GET / lists what there is"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("allow") or (error.headers or {}).get("Allow", "")
        return f"{request.method} does not work here; use {allowed}"
    return str(error.detail)
