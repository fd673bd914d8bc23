"""What the DAG files share: schedules' defaults, names of assets, and honest failures."""

from __future__ import annotations

import functools
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from airflow.sdk import Asset, CronTriggerTimetable
from airflow.sdk.exceptions import AirflowFailException

from ml.errors import DatabaseUnavailable, RegistryUnavailable, SourceUnavailable, VigiaError

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

# Errors that time may mend; every other error of the tree stays until somebody acts.
_PASSING = (DatabaseUnavailable, SourceUnavailable, RegistryUnavailable)


def daily(hour: int) -> CronTriggerTimetable:
    """Return the schedule of every day at `hour`, UTC.

    The first run waits for its hour: a DAG that ran as soon as somebody unpauses it would
    run beside the one that they trigger.
    """
    return CronTriggerTimetable(f"0 {hour} * * *", timezone="UTC", run_immediately=timedelta(0))


def weekly(hour: int) -> CronTriggerTimetable:
    """Return the schedule of every Sunday at `hour`, UTC; the first run waits like a daily one."""
    return CronTriggerTimetable(f"0 {hour} * * 0", timezone="UTC", run_immediately=timedelta(0))


def raw_asset(problem: str) -> Asset:
    """Return the asset of a problem's raw rows."""
    return Asset(name=f"raw_{problem}", uri=f"vigia://raw/{problem}")


def clean_asset(problem: str) -> Asset:
    """Return the asset of a problem's clean rows."""
    return Asset(name=f"clean_{problem}", uri=f"vigia://clean/{problem}")


def model_asset(problem: str) -> Asset:
    """Return the asset of a problem's registered model."""
    return Asset(name=f"model_{problem}", uri=f"vigia://model/{problem}")


def report_failure(context: Any) -> None:
    """Log a failed task in one line that a collector can match; no patient data."""
    instance = context["task_instance"]
    logging.getLogger("vigia.dags").error(
        "task_failed dag=%s task=%s map_index=%s run=%s try=%s error=%s",
        instance.dag_id,
        instance.task_id,
        instance.map_index,
        instance.run_id,
        instance.try_number,
        context.get("exception"),
    )


def honest(step: Callable[P, T]) -> Callable[P, T]:
    """Let a step fail at once where trying again cannot help; the message stays whole."""

    @functools.wraps(step)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return step(*args, **kwargs)
        except _PASSING:
            raise
        except VigiaError as error:
            raise AirflowFailException(str(error)) from error

    return guarded


DEFAULTS: dict[str, Any] = {
    "retries": 2,
    "retry_delay": timedelta(seconds=20),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    "on_failure_callback": report_failure,
}
