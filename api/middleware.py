"""What surrounds every request: its id, its time, its line in the log, its last resort."""

from __future__ import annotations

import os
import re
import time
from functools import lru_cache

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.draining import Draining
from api.metrics import Metrics
from api.problem_documents import internal_error, respond
from api.security.headers import SecurityHeaders
from ml.logs import describe

_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,128}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNMATCHED = "unmatched"
# Nobody is there to get it; log and metrics have it, as nginx's do, for no fault is ours.
_CLIENT_GONE = 499
_MOST_SERIES = 4096


class Surroundings:
    """Pure ASGI middleware around the whole application.

    It gives each request an id (a well-formed `x-request-id` is kept), measures it, writes
    its line in the log, and turns an unforeseen error into a document that leaks nothing.

    Args:
        app: what it surrounds.
        metrics: where requests are counted.
        headers: added to every answer.
        draining: whether connections shall end after their answer.
        access_log: whether each request leaves a line in the log.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        headers: SecurityHeaders,
        draining: Draining,
        *,
        access_log: bool,
    ) -> None:
        self._app = app
        self._metrics = metrics
        # Its own way to a series is a lock, three texts and a dictionary for each request.
        self._duration = lru_cache(_MOST_SERIES)(metrics.duration.labels)
        self._headers = headers
        self._draining = draining
        self._access_log = access_log
        self._log = structlog.get_logger().bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = scope["request_id"] = _request_id(scope)
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"]
                headers.append((b"x-request-id", request_id.encode()))
                self._headers.extend(scope["path"], headers)
                if self._draining.begun:
                    headers.append((b"connection", b"close"))
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, send_on)
        except ClientDisconnect:
            status = status or _CLIENT_GONE
        except Exception as error:
            self._log.error("request_failed", request_id=request_id, error=describe(error))
            if status:
                raise  # too late for a document: the server must break the connection
            await respond(internal_error(request_id), scope)(scope, receive, send_on)
        finally:
            self._metrics.in_flight.dec()
            self._done(scope, status, time.perf_counter() - started)

    def _done(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", _UNMATCHED)
        method = method_of(scope)
        self._duration(route, method, status).observe(seconds)
        if kind := scope.get("error_kind"):
            self._metrics.errors.labels(kind).inc()
        if self._access_log:
            self._log.info(
                "request",
                route=route,
                method=method,
                status=status,
                ms=round(seconds * 1000, 3),
                request_id=scope["request_id"],
            )


def method_of(scope: Scope) -> str:
    """Return a request's method; one that a caller has invented is `OTHER`."""
    return scope["method"] if scope["method"] in _METHODS else "OTHER"


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text: str = value.decode("latin-1")
            if _WELL_FORMED.fullmatch(text):
                return text
    return os.urandom(16).hex()
