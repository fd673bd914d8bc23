"""Whether the service kept what it owes its users: the exit code of a run."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from load_settings import LoadSettings, load
from locust.env import Environment
from locust.runners import WorkerRunner
from locust.stats import StatsEntry

# They take as long as they are: only their failures count, as in the API's own objectives.
LISTS = "predict-batch"

log = logging.getLogger(__name__)


def judge(environment: Environment, **_: Any) -> None:
    """Log how every kind of request fared, and set the exit code: 0 held, 1 not."""
    if isinstance(environment.runner, WorkerRunner):
        return  # the master has the figures of all
    settings = load()
    broken = breaches(environment.stats.entries.values(), settings)
    for line in broken:
        log.error("objective missed: %s", line)
    if not broken:
        log.info(
            "objectives held: p95 < %g ms (but for lists), errors <= %g %% of every kind",
            settings.p95_ms,
            settings.error_share * 100,
        )
    if environment.process_exit_code is None:
        environment.process_exit_code = 1 if broken else 0


def breaches(entries: Iterable[StatsEntry], settings: LoadSettings) -> list[str]:
    """Return what was not held, one line for each kind of request and objective."""
    asked = [entry for entry in entries if entry.num_requests]
    if not asked:
        return ["no request was answered"]
    slow = [
        f"{entry.name}: p95 is {entry.get_response_time_percentile(0.95)} ms, "
        f"not below {settings.p95_ms:g} ms"
        for entry in asked
        if entry.name != LISTS and entry.get_response_time_percentile(0.95) >= settings.p95_ms
    ]
    failed = [
        f"{entry.name}: {entry.fail_ratio:.2%} of {entry.num_requests} requests failed, "
        f"more than {settings.error_share:.2%}"
        for entry in asked
        if entry.fail_ratio > settings.error_share
    ]
    return slow + failed
