"""The tasks from a registered version into production, the same for every training DAG."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, get_current_context, task

from dags.support import honest, model_asset

_PROMOTE, _DECLINE = "Promote", "Decline"


class Approval(HITLOperator):
    """Waits for a person where the settings ask for one, and the gates have let a version pass.

    Where nobody answers in time, the version stays in staging.
    """

    def execute(self, context: Any) -> Any:
        """Ask, or return `None` where nobody is to be asked."""
        from ml.settings import settings

        verdict = context["task_instance"].xcom_pull(task_ids="judge")
        if settings().promotion == "automatic" or not verdict["passed"]:
            return None
        self.response_timeout = timedelta(hours=settings().approval_hours)
        return super().execute(context)


def promotion(problem_name: str, number: Any) -> None:
    """Declare the tasks `judge`, `approve` and `promote` in the DAG that is being declared.

    Args:
        problem_name: whose model it is.
        number: the registered version, as a reference to the task that gives it.
    """

    @task
    @honest
    def judge(number: str) -> dict[str, Any]:
        """Put the version through every gate; store verdict, card and figures with it."""
        from ml.data.database import connect
        from ml.problems import find
        from ml.registry import Registry
        from ml.registry.judging import Court
        from ml.registry.judging import judge as decide
        from ml.settings import settings
        from ml.training.gates.report import gate_table

        chosen = settings()
        court = Court(
            Registry(chosen.mlflow_tracking_uri),
            connect(chosen.clean_database_url.get_secret_value()),
            find(problem_name),
            chosen,
        )
        verdict = decide(court, number, _run())
        return {
            "version": number,
            "passed": verdict.passed,
            "reason": verdict.reason.en,
            "gates": gate_table(verdict.checks).en,
        }

    @task(outlets=[model_asset(problem_name)])
    @honest
    def promote(number: str, decision: dict[str, Any] | None) -> dict[str, Any]:
        """Move the alias if the gates, and the person who was asked, let the version pass."""
        import msgspec

        from ml.problems import find
        from ml.registry import Registry, decline
        from ml.registry import promote as move
        from ml.settings import settings

        registry, problem = Registry(settings().mlflow_tracking_uri), find(problem_name)
        by = _run() if decision is None else f"{_who(decision)}, {_run()}"
        if decision is None or decision["chosen_options"] == [_PROMOTE]:
            done = move(registry, problem, number, by)
        else:
            answered = decision["responded_by_user"] is not None
            why = decision["params_input"].get("why", "") if answered else ""
            done = decline(registry, problem, number, by, why, for_good=answered)
        found: dict[str, Any] = msgspec.to_builtins(done)
        return found

    judged: Any = judge(number)
    approval = Approval(
        task_id="approve",
        subject=f"Promote this version of {problem_name}?",
        body="{{ ti.xcom_pull(task_ids='judge')['gates'] }}",
        options=[_PROMOTE, _DECLINE],
        defaults=[_DECLINE],
        params={"why": Param("", type="string", description="Why, for the record")},
    )
    judged >> approval
    decision: Any = approval.output
    promote(number, decision)


def _run() -> str:
    return f"DAG run {get_current_context()['run_id']}"


def _who(decision: dict[str, Any]) -> str:
    user = decision["responded_by_user"]
    return "nobody in time" if user is None else str(user["name"])
