"""Traces (OpenTelemetry): off unless a collector is named, and then of no patient.

A span holds names of steps, ids and versions; never an input, an output, an address with
its query, or the text of an error. One id finds all that belongs to a request: where the
request's id can be a trace's (32 hexadecimal digits), it is.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from opentelemetry.trace import Span
    from opentelemetry.util.types import AttributeValue

# A collector that is away must not keep a service from ending.
_EXPORT_SECONDS = 2.0
_wanted: ContextVar[int] = ContextVar("wanted_trace_id", default=0)
_tracer = trace.get_tracer("vigia")
_PROPAGATOR = TraceContextTextMapPropagator()


def configure(service: str, endpoint: str) -> bool:
    """Send this process's spans to a collector; tell whether there is one.

    Without one every span is a no-op of the library's. Airflow's tasks need no call: it
    configures its own processes.

    Args:
        service: who speaks, such as `api`.
        endpoint: the collector's OTLP/HTTP address, such as `http://127.0.0.1:4318`.
    """
    if not endpoint:
        return False
    # Half of what an import of this module would cost, where nobody asked for traces.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415

    class Ids(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            return _wanted.get() or super().generate_trace_id()

    provider = TracerProvider(resource=Resource({"service.name": service}), id_generator=Ids())
    address = f"{endpoint.rstrip('/')}/v1/traces"
    exporter = OTLPSpanExporter(endpoint=address, timeout=_EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return True


@contextmanager
def span(
    name: str,
    kind: SpanKind,
    attributes: Mapping[str, AttributeValue] | None = None,
    *,
    parent: Context | None = None,
    trace_id: str = "",
) -> Generator[Span]:
    """Open a span; an error ends it with its type, and without its text.

    Args:
        name: of the step.
        kind: whether it serves, asks, or neither.
        attributes: ids, versions and counts.
        parent: what it belongs to; what is under way where left out.
        trace_id: of a new trace, where nothing is under way; random where it cannot be one.
    """
    token = _wanted.set(_number(trace_id))
    try:
        opened = _tracer.start_span(name, parent, kind, attributes)
    finally:
        _wanted.reset(token)
    with trace.use_span(
        opened, end_on_exit=True, record_exception=False, set_status_on_exception=False
    ):
        try:
            yield opened
        except BaseException as error:
            opened.set_attribute("error.type", type(error).__name__)
            opened.set_status(Status(StatusCode.ERROR))
            raise


@contextmanager
def part(name: str) -> Generator[Span]:
    """Open a span within the one that is under way; where none is, do nothing.

    What nobody's request or task has caused, such as a poll every few seconds, would bury
    the traces that somebody looks for.
    """
    current = trace.get_current_span()
    if not current.is_recording():
        yield current
        return
    with span(name, SpanKind.CLIENT) as opened:
        yield opened


def outgoing() -> dict[str, str]:
    """Return the headers that tell whom we ask what it belongs to; none without traces."""
    headers: dict[str, str] = {}
    _PROPAGATOR.inject(headers)
    return headers


def incoming(traceparent: str) -> Context:
    """Return what a request belongs to, by the W3C header of that name."""
    return _PROPAGATOR.extract({"traceparent": traceparent}, Context())


def _number(trace_id: str) -> int:
    """Return the id as the number of a trace, 0 where it cannot be one."""
    if len(trace_id) != 32:
        return 0
    try:
        return int(trace_id, 16)
    except ValueError:
        return 0
