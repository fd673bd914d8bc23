"""The DAG chain of a problem, run by Airflow's own scheduler and watched to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from infra.embedded.airflow_client import Airflow, Dag, Run, Task
from ml.errors import PipelineFailed

_POLL_SECONDS = 1.0
_UNREMARKABLE = frozenset({None, "scheduled", "queued"})
_TROUBLED = frozenset({"failed", "up_for_retry"})
_LOG_LINES = 20


def chain(problem: str) -> tuple[str, ...]:
    """Return the ids of the DAGs, each started by an asset of the one before it."""
    return (f"ingest_{problem}", f"clean_{problem}", f"train_models_{problem}_simple")


class Pipeline:
    """The DAG chain of one problem.

    Args:
        airflow: where it runs.
        logs: folder of Airflow's task logs, to name in messages.
        seconds: how long the whole chain may take.
        check: called at every look; raises when a service has died.
        report: called with one line for every change of a task's state.
    """

    def __init__(
        self,
        airflow: Airflow,
        logs: Path,
        seconds: float,
        check: Callable[[], None],
        report: Callable[[str], None],
    ) -> None:
        self._airflow = airflow
        self._logs = logs
        self._seconds = seconds
        self._check = check
        self._report = report
        self._began = time.monotonic()

    def run(self, problem: str, conf: dict[str, str]) -> None:
        """Run the chain once, or raise `PipelineFailed` with the failed task's last log lines.

        Args:
            problem: the problem's name.
            conf: what the ingestion is told; nothing where it is empty.
        """
        dags = chain(problem)
        known = {dag: self._known(dag) for dag in dags}
        for dag in reversed(dags):  # whoever waits for an asset must be awake when it comes
            self._airflow.unpause(dag)
        self._start(dags[0], known[dags[0]], conf)
        self._follow(self._await_run(dags[0], known[dags[0]]))
        for dag in dags[1:]:
            self._follow(self._await_run(dag, known[dag], "asset_triggered"))

    def _known(self, dag: str) -> set[str]:
        """Return the DAG's earlier runs, having given up those that a stop has interrupted."""
        self._await_dag(dag)
        runs = self._airflow.runs(dag)
        for run in runs:
            if run.state in {"queued", "running"}:
                self._report(f"giving up the interrupted run {run.dag_run_id} of {dag}")
                self._airflow.give_up(run)
        return {run.dag_run_id for run in runs}

    def _await_dag(self, dag_id: str) -> Dag:
        while (dag := self._airflow.dag(dag_id)) is None:
            if errors := self._airflow.import_errors():
                message = f"Airflow cannot read the DAG files: {'; '.join(errors)}"
                raise PipelineFailed(message)
            self._pause(f"Airflow's DAG processor has not found the DAG {dag_id}")
        return dag

    def _start(self, dag_id: str, known: set[str], conf: dict[str, str]) -> None:
        """Trigger the first DAG, unless its schedule has it run right now anyway."""
        if not self._await_dag(dag_id).is_due:
            self._airflow.trigger(dag_id, conf)
            return
        scheduled = self._await_run(dag_id, known)
        if conf:  # the schedule's run knows nothing of it and would only fail
            self._airflow.give_up(scheduled)
            known.add(scheduled.dag_run_id)
            self._airflow.trigger(dag_id, conf)

    def _await_run(self, dag: str, known: set[str], run_type: str = "") -> Run:
        """Return the first new run of the DAG, of that type where one is given."""
        while True:
            for run in self._airflow.runs(dag):
                if run.dag_run_id not in known and run.run_type.startswith(run_type):
                    return run
            self._pause(f"no run of {dag} has started")

    def _follow(self, run: Run) -> None:
        self._report(f"{run.dag_id}: run {run.dag_run_id} ({run.run_type})")
        seen: dict[str, str | None] = {}
        while True:
            state = self._airflow.run(run).state
            tasks = self._airflow.tasks(run)
            self._tell_changes(tasks, seen)
            if state == "success":
                return
            if state == "failed":
                raise PipelineFailed(self._explain(run, tasks))
            self._pause(f"{run.dag_id} is still {state}")

    def _tell_changes(self, tasks: list[Task], seen: dict[str, str | None]) -> None:
        for task in tasks:
            if task.state in _UNREMARKABLE or seen.get(task.label) == task.state:
                continue
            seen[task.label] = task.state
            took = "" if task.duration is None else f" ({task.duration:.1f} s)"
            where = f"; the log is {self._log_path(task)}" if task.state in _TROUBLED else ""
            self._report(f"{task.dag_id}  {task.label}  {task.state}{took}{where}")

    def _explain(self, run: Run, tasks: list[Task]) -> str:
        failed = [task for task in tasks if task.state == "failed"]
        if not failed:
            return f"{run.dag_id} failed without a failed task: see {self._logs}"
        task = failed[0]
        what = (
            f"{run.dag_id} failed: the task {task.label} did not succeed in "
            f"{task.try_number} tries; its log is {self._log_path(task)}"
        )
        return "\n".join([what, *self._airflow.log(task)[-_LOG_LINES:]])

    def _log_path(self, task: Task) -> Path:
        folder = self._logs / f"dag_id={task.dag_id}" / f"run_id={task.dag_run_id}"
        folder /= f"task_id={task.task_id}"
        if task.map_index >= 0:
            folder /= f"map_index={task.map_index}"
        return folder / f"attempt={task.try_number}.log"

    def _pause(self, waiting_for: str) -> None:
        self._check()
        if time.monotonic() - self._began > self._seconds:
            message = (
                f"{waiting_for} after {self._seconds:g} seconds (VIGIA_PIPELINE_SECONDS): "
                f"see Airflow's pages, or the logs in {self._logs}"
            )
            raise PipelineFailed(message)
        time.sleep(_POLL_SECONDS)
