"""A load test: what its users see, beside what the API sees."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as board

from infra.grafana.boards import Row, dashboard
from infra.grafana.house import COUNT, PER_SECOND, RATE, SECONDS, SHARE, Limits, Query
from infra.grafana.panels import Panel, density, graph

_PREDICT = '{route=~".*/(predict|explain)"}'


def load() -> board.Dashboard:
    """Return the dashboard."""
    return dashboard(
        "vigia-load",
        "Load test",
        "What the users of a load test see, beside what the API sees. Empty while none runs.",
        (Row("Users", _users()), Row("API", _api())),
    )


def _users() -> tuple[Panel, ...]:
    return (
        graph(
            "Users",
            COUNT,
            Query("sum by (scenario) (locust_users)", "{{scenario}}"),
            about="At work, by scenario.",
            stacked=True,
        ),
        graph(
            "Requests",
            PER_SECOND,
            Query(
                f"sum by (name) (rate(locust_request_duration_seconds_count[{RATE}]))", "{{name}}"
            ),
            about="Answers of every kind, in a second.",
            stacked=True,
        ),
        graph(
            "Failures",
            PER_SECOND,
            Query(
                f"sum by (name, error) (rate(locust_failures_total[{RATE}])) > 0",
                "{{name}}: {{error}}",
            ),
            about="429 and 503 with Retry-After are refusals in good order: too much was asked.",
            alerts=("ApiBurnsBudgetFast",),
        ),
        *(
            graph(
                f"p{percent}",
                SECONDS,
                Query(
                    f"histogram_quantile(0.{percent}, sum by (name, le) "
                    f"(rate(locust_request_duration_seconds_bucket[{RATE}])))",
                    "{{name}}",
                ),
                about=f"{percent} of 100 requests of each kind are answered within this time.",
                limits=Limits(0.25, 0.5) if percent == 95 else None,
                alerts=("ApiBurnsBudgetFast",) if percent == 95 else (),
            )
            for percent in (50, 95, 99)
        ),
    )


def _api() -> tuple[Panel, ...]:
    return (
        graph(
            "The API's own p95",
            SECONDS,
            Query(
                "histogram_quantile(0.95, sum by (le) (rate("
                f"api_request_duration_seconds_bucket{_PREDICT}[{RATE}])))",
                "p95",
            ),
            about="Where users wait longer than this, they wait for a connection, or are too slow "
            "themselves.",
            limits=Limits(0.25, 0.5),
        ),
        graph(
            "Requests under way",
            COUNT,
            Query("sum by (instance) (api_requests_in_flight)", "{{instance}}"),
            about="From 256 in one worker on, more are refused.",
            limits=Limits(128, 256),
        ),
        graph(
            "Processor of the API",
            SHARE,
            Query(f'rate(process_cpu_seconds_total{{job="api"}}[{RATE}])', "{{instance}}"),
            about="Share of one core.",
        ),
        density(
            "Times of predictions",
            SECONDS,
            Query(
                f"sum by (le) (increase(api_request_duration_seconds_bucket{_PREDICT}[{RATE}]))",
                "{{le}}",
            ),
            about="How many took how long.",
            width=12,
        ),
        graph(
            "Waiting for the history",
            COUNT,
            Query("sum by (instance) (api_history_spool_records)", "{{instance}}"),
            about="Predictions that are not in the database yet.",
            alerts=("HistorySpoolGrowing",),
            width=12,
        ),
    )
