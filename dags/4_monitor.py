"""DAG 4, for every problem: drift, live performance, and a training where they ask for one."""

from __future__ import annotations

from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import dag, get_current_context, task

from dags.support import DEFAULTS, daily, honest
from ml.problems import names


def monitor(problem_name: str) -> None:
    """Declare `monitor_<problem>`."""

    @dag(
        dag_id=f"monitor_{problem_name}",
        description=f"Look at the model of {problem_name} in service; train anew where it must be",
        schedule=daily(hour=6),
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        tags=["vigia", problem_name],
    )
    def declare() -> None:
        @task
        @honest
        def look() -> dict[str, Any]:
            """Compare the window with the model's references; keep the report."""
            import msgspec

            from ml.data.database import connect
            from ml.monitoring.look import Post
            from ml.monitoring.look import look as look_from
            from ml.problems import find
            from ml.registry import Registry
            from ml.settings import settings

            chosen, run = settings(), get_current_context()["dag_run"]
            post = Post(
                Registry(chosen.mlflow_tracking_uri),
                connect(chosen.serving_database_url.get_secret_value()),
                find(problem_name),
                chosen,
            )
            report = look_from(post, run.run_after, run.run_id)
            if report is None:
                return {"version": None, "retrain": False}
            decided: dict[str, Any] = msgspec.to_builtins(report.decision)
            return {"version": report.version, "predictions": report.predictions, **decided}

        @task.short_circuit
        def wanted(decided: dict[str, Any]) -> bool:
            """Go on where a training is asked for."""
            return bool(decided["retrain"])

        # A retry of this run finds the run that it has started already.
        retrain = TriggerDagRunOperator(
            task_id="retrain",
            trigger_dag_id=f"auto_model_train_{problem_name}",
            trigger_run_id="{{ 'asked_by_monitor__' ~ run_id }}",
            skip_when_already_exists=True,
        )
        # A reference here; the task gets the value.
        found: Any = look()
        wanted(found) >> retrain

    declare()


for name in names():
    monitor(name)
