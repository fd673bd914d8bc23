"""The one screen of operations: do predictions flow, how fast, how wrong, by which model?"""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as board

from infra.grafana.boards import Row, dashboard
from infra.grafana.house import (
    AGE,
    COUNT,
    PER_SECOND,
    RATE,
    SECONDS,
    SHARE,
    Limits,
    Query,
)
from infra.grafana.panels import Panel, figure, graph, listing, states
from infra.grafana.tables import models_in_service

_BURNS = ("ApiBurnsBudgetFast", "ApiBurnsBudgetSlowly")
_UP = {"1": ("up", "green"), "0": ("down", "red")}
_FAILURE, _SUCCESS = (f"airflow_dag_last_{end}_timestamp_seconds" for end in ("failure", "success"))
_FAILED = f"count({_FAILURE} > {_SUCCESS} or {_FAILURE} unless on (dag_id) {_SUCCESS}) or vector(0)"
_ANSWERED = 'api_predictions_total{channel!="shadow"}'


def overview() -> board.Dashboard:
    """Return the dashboard."""
    return dashboard(
        "vigia-overview",
        "Platform overview",
        "Whether predictions flow, how fast, how wrong, by which model; what failed, what is late.",
        (Row("", (*_figures(), *_graphs(), *_tables())),),
    )


def _figures() -> tuple[Panel, ...]:
    return (
        figure(
            "API processes",
            COUNT,
            Query('count(up{job="api"} == 1) or vector(0)'),
            Limits(1, 1, falling=True),
            about="Processes of the API that answer.",
            alerts=("ApiDown", "ApiReplicaDown"),
        ),
        figure(
            "Predictions",
            PER_SECOND,
            Query(f"sum(rate({_ANSWERED}[{RATE}])) or vector(0)"),
            about="Records answered in a second, without those of a shadow.",
            decimals=1,
        ),
        figure(
            "p95",
            SECONDS,
            Query(
                "histogram_quantile(0.95, sum by (le) (rate("
                f'api_request_duration_seconds_bucket{{route=~".*/(predict|explain)"}}[{RATE}])))'
            ),
            Limits(0.25, 0.5),
            about="95 of 100 predictions and explanations are answered within this time.",
            alerts=_BURNS,
        ),
        figure(
            "Errors",
            SHARE,
            Query(
                'vigia:api_missed:rate1m{objective="errors"} '
                '/ vigia:api_asked:rate1m{objective="errors"}'
            ),
            Limits(0.005, 0.01),
            about="Share of requests that the service failed, over a minute.",
            alerts=_BURNS,
            decimals=2,
        ),
        figure(
            "To be paged for",
            COUNT,
            Query('count(ALERTS{alertstate="firing",severity="page"}) or vector(0)'),
            Limits(1, 1),
            about="Alerts that ask for somebody now.",
        ),
        figure(
            "Tickets",
            COUNT,
            Query('count(ALERTS{alertstate="firing",severity="ticket"}) or vector(0)'),
            Limits(1, 20),
            about="Alerts that ask for somebody on a working day.",
        ),
        figure(
            "DAGs failed",
            COUNT,
            Query(_FAILED),
            Limits(1, 5),
            about="DAGs whose last run failed.",
            alerts=("DagFailed",),
        ),
        figure(
            "Scheduler silent",
            AGE,
            Query('time() - max(airflow_heartbeat_timestamp_seconds{component="scheduler"})'),
            Limits(60, 120),
            about="Since Airflow's scheduler last said that it lives.",
            alerts=("SchedulerDead",),
            decimals=0,
        ),
    )


def _graphs() -> tuple[Panel, ...]:
    return (
        graph(
            "Predictions by problem",
            PER_SECOND,
            Query(
                f"sum by (problem, version) (rate({_ANSWERED}[{RATE}]))",
                "{{problem}} {{version}}",
            ),
            about="Records answered in a second, by the version that answered.",
            stacked=True,
        ),
        graph(
            "How long answers take",
            SECONDS,
            *(
                Query(
                    f"histogram_quantile({share}, sum by (le) (rate("
                    f'api_request_duration_seconds_bucket{{route=~".*/(predict|explain)"}}[{RATE}])))',
                    name,
                )
                for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
            ),
            about="Predictions and explanations, from the first byte in to the last byte out.",
            limits=Limits(0.25, 0.5),
            alerts=_BURNS,
        ),
        graph(
            "Budget burnt",
            COUNT,
            Query('vigia:api_burn{window="1h"}', "{{objective}}"),
            about="How many times faster than allowed the month's budget burns, over an hour. "
            "At 14.4 somebody is paged.",
            limits=Limits(1, 14.4),
            alerts=_BURNS,
        ),
    )


def _tables() -> tuple[Panel, ...]:
    return (
        models_in_service(""),
        listing(
            "Alerts",
            AGE,
            Query(
                "time() - max by (alertname, severity, problem, dag_id, instance)"
                " (ALERTS_FOR_STATE)"
                ' and on (alertname) ALERTS{alertstate="firing"}',
                "for",
            ),
            about="What fires now. Each has a runbook of its name.",
            columns={
                "alertname": "alert",
                "severity": "severity",
                "problem": "problem",
                "dag_id": "DAG",
                "instance": "instance",
            },
        ),
        states(
            "Parts of the platform",
            Query('min by (job) (up{job!="locust"})', "{{job}}"),
            _UP,
            about="Whether each part shows its metrics.",
            alerts=("TargetDown",),
        ),
    )
