"""What the pages leave in logs and traces of each question to the API; nothing of a patient."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache

import structlog
from opentelemetry.trace import SpanKind

from ml import logs, tracing
from ui.settings import settings

log = structlog.get_logger()


@cache
def observe() -> None:
    """Set up logs and traces of this process, once."""
    logs.configure("ui")
    formatter = logs.JsonFormatter("ui")
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] == "streamlit":
            for handler in logging.getLogger(name).handlers:
                handler.setFormatter(formatter)
    tracing.configure("ui", settings().otlp_endpoint)


@contextmanager
def asking(
    method: str, path: str, request_id: str
) -> Generator[tuple[dict[str, str], Callable[[int], None]]]:
    """Surround one question to the API.

    Args:
        method: of HTTP.
        path: without the query, which may name a patient.
        request_id: what finds the request in the API's log, traces and history.

    Yields:
        The headers that tell the API what it belongs to, and what to call with the status
        of its answer.
    """
    plain, status, started = path.partition("?")[0], 0, time.perf_counter()

    def heard(code: int) -> None:
        nonlocal status
        status = code

    about = {"vigia.request_id": request_id, "url.path": plain}
    try:
        with tracing.span(method, SpanKind.CLIENT, about, trace_id=request_id):
            yield {"x-request-id": request_id} | tracing.outgoing(), heard
    finally:
        log.info(
            "asked",
            method=method,
            path=plain,
            status=status,  # 0 where there was no answer
            ms=round((time.perf_counter() - started) * 1000, 3),
            request_id=request_id,
        )
