"""A search under the real Airflow: its task is killed, cleared, and goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import psutil
import pytest
import sqlalchemy as sa

from infra.embedded.airflow_client import Airflow, Run
from infra.embedded.settings import HOST
from ml.problems import find
from tests.e2e.machine import PROBLEM, Machine, machine_of_its_own

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1500)]
DAG, TASK, LANE = f"auto_model_train_{PROBLEM}", "generation_1", 0
PATIENCE_SECONDS = 900
TRIALS = """
SELECT study_name, a.value_json, t.trial_id, t.datetime_complete
FROM search.trials t JOIN search.studies USING (study_id)
JOIN search.trial_user_attributes a ON a.trial_id = t.trial_id AND a.key = 'place'
"""
T = TypeVar("T")


@pytest.fixture
def client(machine: Machine) -> Iterator[Client]:
    with ExitStack() as held:
        yield Client(machine, held)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with machine_of_its_own() as made:
        started = made.call("start")
        assert started.returncode == 0, started.stdout + started.stderr
        yield made


class Client:
    """What the test asks of Airflow: through the platform's own client, and beyond it.

    Args:
        machine: where Airflow runs.
        held: closes the connections in the end.
    """

    def __init__(self, machine: Machine, held: ExitStack) -> None:
        password = (machine.state / "secrets" / "airflow-admin").read_text()
        self.airflow = held.enter_context(Airflow(machine.url("AIRFLOW"), "admin", password))
        self._http = held.enter_context(
            httpx.Client(base_url=machine.url("AIRFLOW"), trust_env=False, timeout=30)
        )
        token = self._http.post("/auth/token", json={"username": "admin", "password": password})
        self._http.headers["Authorization"] = f"Bearer {token.json()['access_token']}"

    def lane(self, run: Run) -> dict[str, Any] | None:
        """Return the first lane's task instance, once there is one."""
        tasks = self._get(run, "taskInstances")["task_instances"]
        chosen = [t for t in tasks if (t["task_id"], t["map_index"]) == (TASK, LANE)]
        return chosen[0] if chosen else None

    def answer(self, run: Run) -> dict[str, int]:
        """Return what the first lane's task returned."""
        path = f"taskInstances/{TASK}/xcomEntries/return_value?map_index={LANE}&deserialize=true"
        found: dict[str, int] = self._get(run, path)["value"]
        return found

    def clear(self, run: Run) -> None:
        """Clear the first lane's task, as a person does on the page."""
        body = {
            "dry_run": False,
            "dag_run_id": run.dag_run_id,
            "task_ids": [[TASK, LANE]],
            "only_failed": False,
        }
        answer = self._http.post(f"/api/v2/dags/{DAG}/clearTaskInstances", json=body)
        assert answer.is_success, answer.text

    def _get(self, run: Run, what: str) -> dict[str, Any]:
        answer = self._http.get(f"/api/v2/dags/{DAG}/dagRuns/{quote(run.dag_run_id)}/{what}")
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found


def wait_for(what: Callable[[], T | None]) -> T:
    """Return the first answer that is something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := what()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def trials(engine: sa.Engine) -> set[tuple[Any, ...]]:
    """Return study, place, number and end of every trial; nothing before the tables stand."""
    with engine.connect() as connection:
        if connection.scalar(sa.text("SELECT to_regclass('search.trials')")) is None:
            return set()
        return {tuple(row) for row in connection.execute(sa.text(TRIALS))}


def process_of(machine: Machine, instance: str) -> psutil.Process | None:
    """Return the process that runs a task instance's code, by the title that Airflow gives it.

    Its supervisor has a longer title; where that is killed instead, Airflow takes five minutes
    to miss it, and the task's own process goes on meanwhile.
    """
    scheduler = (machine.state / "run" / "airflow-scheduler.json").read_text()
    workers = psutil.Process(int(scheduler.partition('"pid": ')[2].partition(",")[0]))
    for child in workers.children(recursive=True):
        try:
            if " ".join(child.cmdline()).strip() == f"airflow worker -- {instance}":
                return child
        except psutil.NoSuchProcess:
            continue
    return None


def test_a_search_whose_task_was_killed_and_cleared_goes_on(
    machine: Machine, client: Client
) -> None:
    password = (machine.state / "secrets" / "postgres-clean").read_text()
    engine = sa.create_engine(
        f"postgresql+psycopg2://clean:{password}@{HOST}:{machine.ports['POSTGRES']}/clean"
    )
    wait_for(lambda: client.airflow.dag(DAG))
    client.airflow.unpause(DAG)
    run = client.airflow.trigger(DAG, {})

    # Its first trial is written, the next one is under way.
    wait_for(lambda: any("logistic" in one[0] and one[1] == "0" for one in trials(engine)) or None)
    lane = client.lane(run)
    assert lane is not None
    assert lane["state"] == "running"
    running = wait_for(lambda: process_of(machine, lane["id"]))
    os.kill(running.pid, signal.SIGKILL)
    kept = trials(engine)
    client_sees = wait_for(
        lambda: ((now := client.lane(run)) and now["state"] != "running" and now) or None
    )
    assert client_sees["state"] in {"up_for_retry", "failed"}
    client.clear(run)

    state = wait_for(
        lambda: ((now := client.airflow.run(run).state) in {"success", "failed"} and now) or None
    )
    tasks = {task.label: task.state for task in client.airflow.tasks(run)}
    assert state == "success", tasks
    found = trials(engine)
    assert kept <= found  # the very trials, not others like them
    search = find(PROBLEM).search
    assert len({one[:2] for one in found}) == len(found)
    assert len(found) == sum(sum(candidate.trials) for candidate in search.candidates)
    answer = client.answer(run)
    assert answer["found"] >= 1
    assert answer["tried"] >= 1
    assert tasks[f"{TASK}[{LANE}]"] == "success"
    engine.dispose()
