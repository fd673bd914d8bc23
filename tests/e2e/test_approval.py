"""A promotion that waits for a person, and a rollback by a button, through real Airflow."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from infra.embedded.settings import REPOSITORY
from tests.e2e.machine import PROBLEM, Machine, machine_of_its_own

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]

TRAIN, ROLLBACK = f"train_models_{PROBLEM}_simple", f"rollback_{PROBLEM}"
PATIENCE_SECONDS = 400
READING_SECONDS = 5  # what a person needs at least


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with machine_of_its_own(VIGIA_PROMOTION="approval") as made:
        yield made


def until(found: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """Return the first answer that says something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.3)
    pytest.fail(f"nothing came in {seconds:.0f} seconds")


def question(machine: Machine) -> dict[str, Any] | None:
    """Return what Airflow asks a person, if it does."""
    try:
        asked = machine.airflow("GET", "dags/~/dagRuns/~/hitlDetails?response_received=false")
    except (httpx.HTTPError, FileNotFoundError):
        return None  # it is not up yet
    details: list[dict[str, Any]] = asked["hitl_details"]
    return details[0] if details else None


def answering(machine: Machine, option: str, why: str, over: Callable[[], Any]) -> Any:
    """Read what Airflow asks, give this answer, and return what `over` says at last.

    An answer that comes while the task is still about to wait is lost, as the scheduler takes the
    end of its first process for a failure; the next try asks again, and the third is the last.
    """

    def look() -> Any:
        if asked := question(machine):
            task = asked["task_instance"]
            run = f"dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}"
            time.sleep(READING_SECONDS)
            body = {"chosen_options": [option], "params_input": {"why": why}}
            machine.airflow("PATCH", f"{run}/taskInstances/{task['task_id']}/-1/hitlDetails", body)
        return over()

    return until(look)


def served(machine: Machine) -> str | None:
    reply = httpx.get(f"{machine.url('API')}/model-info", trust_env=False)
    return str(reply.json()["version"]) if reply.is_success else None


def trigger(machine: Machine, dag: str, conf: dict[str, Any]) -> str:
    run = machine.airflow("POST", f"dags/{dag}/dagRuns", {"logical_date": None, "conf": conf})
    return str(run["dag_run_id"])


def ended(machine: Machine, dag: str, run: str) -> str | None:
    """Return how a run has ended, `None` while it goes on."""
    found = str(machine.airflow("GET", f"dags/{dag}/dagRuns/{run}")["state"])
    return found if found in {"success", "failed"} else None


def outcome(machine: Machine, run: str) -> dict[str, Any]:
    """Return what the task `promote` of a training run said."""
    path = f"dags/{TRAIN}/dagRuns/{run}/taskInstances/promote/xcomEntries/return_value"
    found: dict[str, Any] = machine.airflow("GET", f"{path}?deserialize=true")["value"]
    return found


def test_a_declined_model_stays_in_staging_with_the_reason(machine: Machine) -> None:
    with machine.running("start") as process:
        asked = until(lambda: question(machine))
        assert asked["options"] == ["Promote", "Decline"]
        assert "| kind of data |" in asked["body"]
        answering(machine, "Decline", "not before monday", lambda: process.poll() is not None)
        output, _ = process.communicate()
        assert process.returncode == 1
        assert "no model of diabetes was promoted" in output
    said = outcome(machine, asked["task_instance"]["dag_run_id"])
    assert said["promoted"] is False
    assert said["reason"].startswith("declined by admin, DAG run")
    assert said["reason"].endswith("not before monday")
    assert served(machine) is None
    shown = command(machine, "show", "staging").stdout
    assert "version 1: Staging" in shown
    assert "not before monday" in shown


def test_a_model_waits_until_a_person_lets_it_in(machine: Machine) -> None:
    run = trigger(machine, TRAIN, {"seed": 7})
    until(lambda: question(machine))
    assert served(machine) is None
    over = answering(machine, "Promote", "looks right", lambda: ended(machine, TRAIN, run))
    assert over == "success"
    assert outcome(machine, run)["promoted"] is True
    until(lambda: served(machine) == "2", 30)


def test_a_person_may_overrule_on_record_and_a_rollback_is_served_within_seconds(
    machine: Machine,
) -> None:
    why = "the board has agreed"
    done = command(machine, "promote", "1", "--despite-gates", why)
    assert done.returncode == 0, done.stderr
    until(lambda: served(machine) == "1", 30)
    machine.airflow("PATCH", f"dags/{ROLLBACK}", {"is_paused": False})
    run = trigger(machine, ROLLBACK, {"why": "alarms on ward 3"})
    assert until(lambda: ended(machine, ROLLBACK, run)) == "success"
    until(lambda: served(machine) == "2", 5)
    path = f"dags/{ROLLBACK}/dagRuns/{run}/taskInstances/go_back/xcomEntries/return_value"
    moved = machine.airflow("GET", f"{path}?deserialize=true")["value"]
    assert (moved["action"], moved["version"], moved["replaced"]) == ("rolled back", "2", "1")
    assert moved["by"].startswith("admin, DAG run")
    assert moved["why"] == "alarms on ward 3"
    shown = command(machine, "show", "1").stdout
    assert f"promoted instead of 2 by Ana: {why} (despite: " in shown
    assert "withdrawn: this very bundle was declined by admin" in shown
    assert "alarms on ward 3" in shown


def command(machine: Machine, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m ml.registry` as a person at a terminal does."""
    password = (machine.state / "secrets" / "postgres-clean").read_text()
    place = f"clean:{password}@127.0.0.1:{machine.ports['POSTGRES']}/clean"
    environment = machine.environment | {
        "VIGIA_MLFLOW_TRACKING_URI": machine.url("MLFLOW"),
        "VIGIA_CLEAN_DATABASE_URL": f"postgresql+psycopg2://{place}",
        "NO_PROXY": "127.0.0.1",
    }
    return subprocess.run(
        (sys.executable, "-m", "ml.registry", "--by", "Ana", *arguments),
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
