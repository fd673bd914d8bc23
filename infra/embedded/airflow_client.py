"""A client of Airflow's REST API, as far as the first run of a pipeline needs it."""

from __future__ import annotations

from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from ml.errors import PipelineFailed

_TIMEOUT_SECONDS = 30.0
_MOST_ROWS = 1000

T = TypeVar("T")


class Dag(msgspec.Struct, frozen=True):
    """A DAG that the DAG processor has read."""

    dag_id: str
    is_paused: bool
    next_dagrun_run_after: datetime | None

    @property
    def is_due(self) -> bool:
        """Whether the scheduler starts a run by itself as soon as the DAG is not paused."""
        due = self.next_dagrun_run_after
        return due is not None and due <= datetime.now(UTC)


class Run(msgspec.Struct, frozen=True):
    """One run of a DAG."""

    dag_id: str
    dag_run_id: str
    run_type: str
    state: str


class Task(msgspec.Struct, frozen=True):
    """One task instance; `map_index` is -1 where the task is not mapped."""

    dag_id: str
    dag_run_id: str
    task_id: str
    map_index: int
    state: str | None
    try_number: int
    duration: float | None

    @property
    def label(self) -> str:
        """The task's name, with its index where it is mapped."""
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"


class Airflow:
    """Airflow's API server.

    Args:
        address: such as `http://127.0.0.1:8080`.
        user: who asks.
        password: the user's password.
    """

    def __init__(self, address: str, user: str, password: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=_TIMEOUT_SECONDS, trust_env=False)
        login = {"username": user, "password": password}
        token = _checked(self._client.post("/auth/token", json=login)).json()["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def dag(self, dag_id: str) -> Dag | None:
        """Return the DAG, or `None` while Airflow does not know it."""
        answer = self._client.get(f"/api/v2/dags/{dag_id}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return msgspec.convert(_checked(answer).json(), Dag)

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler run the DAG."""
        _checked(self._client.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": False}))

    def trigger(self, dag_id: str, conf: dict[str, str]) -> Run:
        """Start a run of the DAG with `conf`."""
        body = {"logical_date": None, "conf": conf}
        answer = self._client.post(f"/api/v2/dags/{dag_id}/dagRuns", json=body)
        return msgspec.convert(_checked(answer).json(), Run)

    def runs(self, dag_id: str) -> list[Run]:
        """Return the DAG's runs, newest first."""
        return self._list(
            f"/api/v2/dags/{dag_id}/dagRuns", "dag_runs", list[Run], order_by="-run_after"
        )

    def run(self, run: Run) -> Run:
        """Return the run as it stands now."""
        return msgspec.convert(_checked(self._client.get(_path(run))).json(), Run)

    def give_up(self, run: Run) -> None:
        """Mark an unfinished run as failed; its tasks end."""
        _checked(self._client.patch(_path(run), json={"state": "failed"}))

    def tasks(self, run: Run) -> list[Task]:
        """Return the run's task instances in order of their start."""
        return self._list(
            f"{_path(run)}/taskInstances", "task_instances", list[Task], order_by="start_date"
        )

    def log(self, task: Task) -> list[str]:
        """Return the lines of the log of the task's last try."""
        path = f"{_path(task)}/taskInstances/{task.task_id}/logs/{task.try_number}"
        query = httpx.QueryParams(map_index=task.map_index, full_content=True)
        json_please = {"Accept": "application/json"}
        answer = _checked(self._client.get(path, params=query, headers=json_please))
        lines = (line for entry in answer.json()["content"] for line in _lines(entry))
        return [line for line in lines if not line.startswith("::")]  # marks of foldable groups

    def import_errors(self) -> list[str]:
        """Return what went wrong where a DAG file could not be read."""
        answer = _checked(self._client.get("/api/v2/importErrors"))
        return [
            f"{error['filename']}: {error['stack_trace']}"
            for error in answer.json()["import_errors"]
        ]

    def _list(self, path: str, key: str, kind: type[T], order_by: str) -> T:
        query = httpx.QueryParams(limit=_MOST_ROWS, order_by=order_by)
        return msgspec.convert(_checked(self._client.get(path, params=query)).json()[key], kind)


def _path(of: Run | Task) -> str:
    return f"/api/v2/dags/{of.dag_id}/dagRuns/{quote(of.dag_run_id, safe='')}"


def _lines(entry: str | dict[str, Any]) -> list[str]:
    """Return an entry of a task's log as text: what happened, and the error if there was one."""
    if isinstance(entry, str):
        return [entry]
    causes = entry.get("error_detail") or ()
    return [
        entry.get("event", ""),
        *(f"{cause.get('exc_type')}: {cause.get('exc_value')}" for cause in causes),
    ]


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        asked = f"{answer.request.method} {answer.request.url}"
        message = f"Airflow answered {answer.status_code} to {asked}: {answer.text[:500]}"
        raise PipelineFailed(message)
    return answer
