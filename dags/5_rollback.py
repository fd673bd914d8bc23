"""DAG 5, for every problem: an earlier version back into production, by hand."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from dags.support import DEFAULTS, honest, model_asset
from ml.problems import names


def rollback(problem_name: str) -> None:
    """Declare `rollback_<problem>`."""

    @dag(
        dag_id=f"rollback_{problem_name}",
        description=f"Put an earlier version of {problem_name} back into production",
        schedule=None,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        tags=["vigia", problem_name],
        params={
            "why": Param(type="string", minLength=1, description="The reason, for the record"),
            "to": Param("", type="string", description="A version; empty for the one before"),
        },
    )
    def declare() -> None:
        @task(outlets=[model_asset(problem_name)])
        @honest
        def go_back() -> dict[str, Any]:
            """Move the alias, on record."""
            import msgspec

            from ml.problems import find
            from ml.registry import Registry
            from ml.registry import rollback as move
            from ml.settings import settings

            context = get_current_context()
            asked = context["params"]
            who = context["dag_run"].triggering_user_name or "somebody"
            moved: dict[str, Any] = msgspec.to_builtins(
                move(
                    Registry(settings().mlflow_tracking_uri),
                    find(problem_name),
                    f"{who}, DAG run {context['run_id']}",
                    asked["why"],
                    asked["to"],
                )
            )
            return moved

        go_back()

    declare()


for name in names():
    rollback(name)
