"""The API in depth: its objectives, its routes, what it refuses, and what waits in it."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as board

from infra.grafana.boards import Row, dashboard
from infra.grafana.house import (
    AGE,
    BYTES,
    COUNT,
    EVENTS,
    PER_SECOND,
    RATE,
    SECONDS,
    SHARE,
    Limits,
    Query,
)
from infra.grafana.panels import Panel, density, figure, graph, lines

_BURNS = ("ApiBurnsBudgetFast", "ApiBurnsBudgetSlowly")
_WINDOWS = ("5m", "1h", "6h", "1d", "3d")


def objectives() -> board.Dashboard:
    """Return the dashboard."""
    return dashboard(
        "vigia-api",
        "API and objectives",
        "99 of 100 requests without an error, 95 of 100 within half a second, over 30 days.",
        (
            Row(
                "Objectives", (*_left(), *(_burn(objective) for objective in ("errors", "latency")))
            ),
            Row("Requests", _requests()),
            Row("Refusals and errors", _refusals()),
            Row("History", _history()),
            Row("Processes", _processes()),
            Row("Log", (_log(),)),
        ),
    )


def _left() -> tuple[Panel, ...]:
    return tuple(
        figure(
            f"Budget left: {objective}",
            SHARE,
            Query(
                f'1 - sum_over_time(vigia:api_missed:rate1m{{objective="{objective}"}}[30d])'
                f' / sum_over_time(vigia:api_asked:rate1m{{objective="{objective}"}}[30d])'
                f' / on (objective) vigia:api_budget{{objective="{objective}"}}'
            ),
            Limits(0.25, 0, falling=True),
            about="What is left of what may go wrong in 30 days.",
            alerts=_BURNS,
            width=4,
            decimals=1,
        )
        for objective in ("errors", "latency")
    )


def _burn(objective: str) -> Panel:
    return graph(
        f"Budget burnt: {objective}",
        COUNT,
        *(
            Query(f'vigia:api_burn{{objective="{objective}",window="{window}"}}', window)
            for window in _WINDOWS
        ),
        about="How many times faster than allowed the month's budget burns, over several windows.",
        limits=Limits(1, 14.4),
        alerts=_BURNS,
    )


def _requests() -> tuple[Panel, ...]:
    return (
        graph(
            "Requests by route",
            PER_SECOND,
            Query(
                f"sum by (route) (rate(api_request_duration_seconds_count[{RATE}])) > 0",
                "{{route}}",
            ),
            about="All requests, probes too.",
            stacked=True,
            width=12,
        ),
        graph(
            "p95 by route",
            SECONDS,
            Query(
                "histogram_quantile(0.95, sum by (route, le) "
                f"(rate(api_request_duration_seconds_bucket[{RATE}])))",
                "{{route}}",
            ),
            about="95 of 100 requests of a route are answered within this time.",
            limits=Limits(0.25, 0.5),
            alerts=_BURNS,
            width=12,
        ),
        density(
            "Times of predictions",
            SECONDS,
            Query(
                "sum by (le) (increase("
                f'api_request_duration_seconds_bucket{{route=~".*/predict"}}[{RATE}]))',
                "{{le}}",
            ),
            about="How many predictions took how long.",
            width=12,
        ),
        graph(
            "Under way",
            COUNT,
            Query("sum by (instance) (api_requests_in_flight)", "{{instance}}"),
            about="Requests under way; from 256 in one worker on, more are refused.",
            limits=Limits(128, 256),
            width=12,
        ),
    )


def _refusals() -> tuple[Panel, ...]:
    return (
        graph(
            "Answers that are none",
            PER_SECOND,
            Query(
                'sum by (status) (rate(api_request_duration_seconds_count{status=~"[45].."}'
                f"[{RATE}]))",
                "{{status}}",
            ),
            about="4xx are the caller's, 5xx the service's.",
            alerts=_BURNS,
        ),
        graph(
            "Errors by kind",
            PER_SECOND,
            Query(f"sum by (kind) (rate(api_errors_total[{RATE}]))", "{{kind}}"),
            about="By the type of the problem document that the caller got.",
        ),
        graph(
            "Refused before their route",
            PER_SECOND,
            Query(f"sum by (reason) (rate(api_refused_requests_total[{RATE}]))", "{{reason}}"),
            about="No valid key, no right, too many, too slow.",
        ),
    )


def _history() -> tuple[Panel, ...]:
    return (
        graph(
            "Waiting in the spool",
            COUNT,
            Query("sum by (instance) (api_history_spool_records)", "{{instance}}"),
            about="Predictions that are not in the database yet.",
            alerts=("HistorySpoolGrowing", "HistorySpoolFull"),
        ),
        graph(
            "Oldest in the spool",
            AGE,
            Query("max by (instance) (api_history_spool_oldest_seconds)", "{{instance}}"),
            about="How long the oldest prediction has waited for the database.",
            limits=Limits(60, 300),
            alerts=("HistorySpoolGrowing",),
        ),
        graph(
            "Written, failed, refused",
            EVENTS,
            Query(f"sum(rate(api_history_written_total[{RATE}]))", "rows written"),
            Query(f"sum(rate(api_history_write_failures_total[{RATE}]))", "attempts that failed"),
            Query(f"sum(rate(api_history_refused_total[{RATE}]))", "rows refused"),
            about="What becomes of the predictions' rows.",
            alerts=("HistoryRowsRefused",),
        ),
    )


def _processes() -> tuple[Panel, ...]:
    return (
        graph(
            "Processor",
            SHARE,
            Query(f'rate(process_cpu_seconds_total{{job="api"}}[{RATE}])', "{{instance}}"),
            about="Share of one core; with one worker alone.",
        ),
        graph(
            "Memory",
            BYTES,
            Query('process_resident_memory_bytes{job="api"}', "{{instance}}"),
            about="Memory of the process; with one worker alone.",
        ),
        graph(
            "Deliveries of the registry",
            EVENTS,
            Query(f"sum by (result) (rate(api_webhook_deliveries_total[{RATE}]))", "{{result}}"),
            about="What the API was told of models, and whether it listened.",
            alerts=("ModelRegistryAway",),
        ),
    )


def _log() -> Panel:
    return lines(
        "Warnings and errors",
        '{service="api",level=~"warning|error|critical"}',
        about="The API's log, where it is collected centrally (Compose).",
    )
