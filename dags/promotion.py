"""The task from a registered version into production, the same for every training DAG."""

from __future__ import annotations

from typing import Any

from airflow.sdk import get_current_context, task

from dags.support import honest, model_asset


def promotion(problem_name: str, number: Any) -> None:
    """Declare the task `promote` in the DAG that is being declared.

    Args:
        problem_name: whose model it is.
        number: the registered version, as a reference to the task that gives it.
    """

    @task(outlets=[model_asset(problem_name)])
    @honest
    def promote(number: str) -> dict[str, Any]:
        """Judge the version; move the alias if the gate lets it through."""
        import msgspec

        from ml.problems import find
        from ml.registry import Registry
        from ml.registry import promote as decide
        from ml.settings import settings

        by = f"DAG run {get_current_context()['run_id']}"
        registry = Registry(settings().mlflow_tracking_uri)
        verdict: dict[str, Any] = msgspec.to_builtins(
            decide(registry, find(problem_name), number, by)
        )
        return verdict

    promote(number)
