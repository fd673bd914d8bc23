"""Traces of requests, and of the writing of their predictions; only where they are on.

A request is answered before its predictions are in the database. The span of the writing
belongs to the request's trace all the same: what was under way is remembered by the
request's id for a moment.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager

import msgspec
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware import method_of
from ml.tracing import incoming, span

# Requests that may wait for the database and still find their trace.
_MOST_REMEMBERED = 20_000


class _Line(msgspec.Struct, tag_field="table", tag="prediction"):
    """As much of a line of the spool as a trace needs."""

    request_id: str


class _Other(msgspec.Struct, tag_field="table", tag="audit"):
    """A line that belongs to no request."""


_decode = msgspec.json.Decoder(_Line | _Other).decode_lines


class Remembered:
    """Spans of the requests answered last, by the requests' ids; safe between threads."""

    def __init__(self) -> None:
        self._spans: OrderedDict[str, trace.Span] = OrderedDict()
        self._guard = threading.Lock()

    def add(self, request_id: str, current: trace.Span) -> None:
        """Remember a request; the oldest one is forgotten where there are too many."""
        with self._guard:
            self._spans[request_id] = current
            if len(self._spans) > _MOST_REMEMBERED:
                self._spans.popitem(last=False)

    def find(self, request_id: str) -> trace.Span | None:
        """Return a request's span, if it is still remembered."""
        with self._guard:
            return self._spans.get(request_id)


class Traced:
    """Pure ASGI middleware: one span for each request, named after its route.

    Args:
        app: what it surrounds; the request's id is in the scope already.
        remembered: where the history's writer finds the request's span.
    """

    def __init__(self, app: ASGIApp, remembered: Remembered) -> None:
        self._app = app
        self._remembered = remembered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, method = scope["request_id"], method_of(scope)
        with span(
            method,
            SpanKind.SERVER,
            {"vigia.request_id": request_id, "http.request.method": method},
            parent=_parent(scope),
            trace_id=request_id,
        ) as current:
            self._remembered.add(request_id, current)

            async def send_on(message: Message) -> None:
                if message["type"] == "http.response.start":
                    current.set_attribute("http.response.status_code", message["status"])
                await send(message)

            try:
                await self._app(scope, receive, send_on)
            finally:
                _name(current, method, scope)


def _parent(scope: Scope) -> Context | None:
    """Return what the caller's request belongs to: ids alone, no state of other vendors."""
    for name, value in scope["headers"]:
        if name == b"traceparent":
            return incoming(value.decode("latin-1"))
    return None


def _name(current: trace.Span, method: str, scope: Scope) -> None:
    route = getattr(scope.get("route"), "path", "")
    if route:
        current.update_name(f"{method} {route}")
        current.set_attribute("http.route", route)


class WritingSpans:
    """Shows when the predictions of a request came into the database.

    Args:
        remembered: spans of the requests answered last.
    """

    def __init__(self, remembered: Remembered) -> None:
        self._remembered = remembered

    @contextmanager
    def __call__(self, lines: bytes) -> Generator[None]:
        """Surround the writing of whole lines of the spool."""
        started = time.time_ns()
        yield
        counts: dict[str, int] = {}
        for line in _decode(lines):
            if isinstance(line, _Line):
                counts[line.request_id] = counts.get(line.request_id, 0) + 1
        for request_id, rows in counts.items():
            self._show(request_id, rows, started)

    def _show(self, request_id: str, rows: int, started: int) -> None:
        request = self._remembered.find(request_id)
        if request is None:  # answered by another worker, or long ago
            return
        written = trace.get_tracer("vigia").start_span(
            "history write",
            trace.set_span_in_context(request),
            SpanKind.CLIENT,
            {"vigia.request_id": request_id, "vigia.rows": rows, "db.operation.name": "COPY"},
            start_time=started,
        )
        written.end()
