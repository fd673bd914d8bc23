from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ml import problems

ROOT = Path(__file__).parents[3]
HEAVY = {"numpy", "pandas", "pyarrow", "mlflow", "xgboost", "sklearn", "psycopg2", "matplotlib"}
# What a DAG file may use of the library before a task runs: names and errors.
LIGHT_ROOMS = {"ml.problems", "ml.errors", "ml.settings"}


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow reads from the DAG folder, in an interpreter of its own."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, str(Path(__file__).with_name("describe.py")), str(ROOT / "dags")]
    done = subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True, timeout=120
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(params=problems.names())
def problem(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_file_loads_fast_and_light(read: dict[str, Any]) -> None:
    assert read["errors"] == {}
    assert read["seconds"] < 0.9  # all files, with their DAGs for each problem
    assert not HEAVY.intersection(read["modules"])
    deep = {room for room in read["rooms"] if ".".join(room.split(".")[:2]) not in LIGHT_ROOMS}
    assert not deep


def test_there_are_six_dags_for_every_problem_and_no_other(read: dict[str, Any]) -> None:
    assert read["dags"].keys() == {
        dag
        for name in problems.names()
        for dag in (
            f"ingest_{name}",
            f"clean_{name}",
            f"train_models_{name}_simple",
            f"rollback_{name}",
            f"auto_model_train_{name}",
            f"monitor_{name}",
        )
    }


def test_all_dags_run_once_at_a_time_and_do_not_catch_up(read: dict[str, Any]) -> None:
    for name, dag in read["dags"].items():
        assert dag["max_active_runs"] == 1, name
        assert dag["catchup"] is False, name
        assert dag["description"], name
        assert "vigia" in dag["tags"], name


def test_every_task_is_tried_again_with_back_off_and_reports_its_failure(
    read: dict[str, Any],
) -> None:
    tasks = [(d, t, task) for d, dag in read["dags"].items() for t, task in dag["tasks"].items()]
    generations = sum(problems.find(name).search.generations for name in problems.names())
    assert len(tasks) == 18 * len(problems.names()) + generations
    for dag, name, task in tasks:
        assert task["retries"] >= 2, (dag, name)
        assert task["backoff"], (dag, name)
        assert task["callbacks"] == ["report_failure"], (dag, name)


def test_ingest_runs_daily_loads_batches_side_by_side_and_publishes(
    read: dict[str, Any], problem: str
) -> None:
    dag = read["dags"][f"ingest_{problem}"]
    tasks = dag["tasks"]
    assert dag["cron"] == "0 0 * * *"
    assert dag["assets"] == []
    assert dag["params"].keys() == {"source"}
    assert [tasks[name]["downstream"] for name in ("fetch", "plan", "load", "publish")] == [
        ["plan"],
        ["load"],
        ["publish"],
        [],
    ]
    assert [name for name, task in tasks.items() if task["mapped"]] == ["load"]
    assert tasks["publish"]["outlets"] == [f"vigia://raw/{problem}"]
    # With nothing new every load is skipped, and the chain must still go on.
    assert tasks["publish"]["trigger_rule"] == "none_failed"


def test_clean_waits_for_raw_rows(read: dict[str, Any], problem: str) -> None:
    dag = read["dags"][f"clean_{problem}"]
    assert dag["assets"] == [f"vigia://raw/{problem}"]
    assert dag["cron"] is None
    assert dag["tasks"]["build"]["outlets"] == [f"vigia://clean/{problem}"]


def test_training_runs_daily_and_on_clean_rows(read: dict[str, Any], problem: str) -> None:
    dag = read["dags"][f"train_models_{problem}_simple"]
    assert dag["timetable"] == "AssetOrTimeSchedule"
    assert dag["assets"] == [f"vigia://clean/{problem}"]
    assert dag["cron"] == "0 5 * * *"
    assert dag["params"]["seed"]["type"] == ["null", "integer"]
    tasks = dag["tasks"]
    assert tasks["train_and_register"]["downstream"] == ["judge", "promote"]
    _assert_promotion(tasks, problem)


def _assert_promotion(tasks: dict[str, Any], problem: str) -> None:
    assert tasks["judge"]["downstream"] == ["approve"]
    assert tasks["approve"]["downstream"] == ["promote"]
    assert tasks["promote"]["outlets"] == [f"vigia://model/{problem}"]


def test_a_rollback_waits_for_a_person_with_a_reason(read: dict[str, Any], problem: str) -> None:
    dag = read["dags"][f"rollback_{problem}"]
    assert dag["cron"] is None
    assert dag["params"]["why"] == {"type": "string", "minLength": 1}
    assert dag["tasks"]["go_back"]["outlets"] == [f"vigia://model/{problem}"]


def test_the_search_runs_weekly_its_generations_one_after_another_in_lanes(
    read: dict[str, Any], problem: str
) -> None:
    dag = read["dags"][f"auto_model_train_{problem}"]
    tasks = dag["tasks"]
    assert dag["cron"] == "0 2 * * 0"
    assert dag["params"]["seed"]["type"] == ["null", "integer"]
    generations = [
        f"generation_{number + 1}" for number in range(problems.find(problem).search.generations)
    ]
    assert sorted(name for name, task in tasks.items() if task["mapped"]) == generations
    for before, after in pairwise(["begin", *generations, "choose_and_register", "judge"]):
        assert after in tasks[before]["downstream"]
    _assert_promotion(tasks, problem)


def test_the_monitor_looks_daily_and_asks_for_a_training_where_it_must(
    read: dict[str, Any], problem: str
) -> None:
    dag = read["dags"][f"monitor_{problem}"]
    tasks = dag["tasks"]
    assert dag["cron"] == "0 6 * * *"
    assert "wanted" in tasks["look"]["downstream"]
    assert tasks["wanted"]["downstream"] == ["retrain"]
    assert tasks["retrain"]["triggers"] == f"auto_model_train_{problem}"
