"""What Prometheus reads of a run, from Locust's own figures of all its workers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from load_settings import load
from locust.env import Environment
from locust.runners import WorkerRunner
from locust.stats import RequestStats, StatsEntry
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

# Seconds: those of the API's own histogram, as far as Locust counts in milliseconds.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class RunCollector(Collector):
    """Reads the figures of a run at every scrape.

    Args:
        environment: of Locust.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def collect(self) -> Iterable[Metric]:
        """Return users, requests with their times, and failures by what went wrong."""
        stats = self._environment.stats
        yield self._users()
        yield _durations(list(stats.entries.values()))
        yield _failures(stats)

    def _users(self) -> Metric:
        users = GaugeMetricFamily("locust_users", "Users at work.", labels=["scenario"])
        runner = self._environment.runner
        for scenario, count in runner.user_classes_count.items() if runner else ():
            users.add_metric([scenario], count)
        return users


def _durations(entries: list[StatsEntry]) -> Metric:
    durations = HistogramMetricFamily(
        "locust_request_duration_seconds",
        "Time from asking to the whole answer, as users see it.",
        labels=["name", "method"],
    )
    for entry in entries:
        durations.add_metric(
            [entry.name, entry.method],
            list(_buckets(entry)),
            sum_value=entry.total_response_time / 1000,
        )
    return durations


def _buckets(entry: StatsEntry) -> Iterator[tuple[str, float]]:
    times = sorted(entry.response_times.items())
    for bound in BUCKETS:
        yield str(bound), sum(count for ms, count in times if ms <= bound * 1000)
    yield "+Inf", sum(count for _, count in times)


def _failures(stats: RequestStats) -> Metric:
    failures = CounterMetricFamily(
        "locust_failures",
        "Requests without a good answer, by what came in its place.",
        labels=["name", "method", "error"],
    )
    for error in stats.errors.values():
        failures.add_metric([error.name, error.method, str(error.error)], error.occurrences)
    return failures


def serve(environment: Environment, **_: Any) -> None:
    """Show the figures on the port of the settings, in the process that has those of all."""
    host, port = load().metrics_host, load().metrics_port
    if not port or isinstance(environment.runner, WorkerRunner):
        return
    registry = CollectorRegistry()
    registry.register(RunCollector(environment))
    try:
        start_http_server(port, host, registry)
    except OSError as error:
        raise SystemExit(
            f"error: port {port} on {host} cannot be used ({error.strerror}): free it, or set "
            "VIGIA_LOAD_METRICS_PORT to another port, or to 0 for no metrics of the run"
        ) from None
