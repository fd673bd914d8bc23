"""The whole platform, started and stopped as a person does; the tests build on one another."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator

import httpx
import psutil
import pytest

from infra.embedded.pipeline import chain
from infra.embedded.settings import REPOSITORY
from tests.e2e.machine import PROBLEM, ROWS, Machine, machine_of_its_own, wait_for


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with machine_of_its_own() as made:
        yield made


def test_before_anything_was_started_there_is_nothing_to_stop(machine: Machine) -> None:
    assert machine.call("stop").returncode == 0
    assert machine.call("status").returncode == 3
    assert not machine.state.exists()


def test_an_interrupted_start_leaves_nothing(machine: Machine) -> None:
    with machine.running("smoke") as process:
        wait_for(process, "starting airflow-api-server")
        process.send_signal(signal.SIGINT)

        assert process.wait(60) == 130

    machine.assert_nothing_is_left()


def test_a_named_source_out_of_reach_fails_before_anything_starts(machine: Machine) -> None:
    failed = machine.call("smoke", VIGIA_DIABETES_SOURCE="nowhere/data.csv")

    assert failed.returncode == 1
    assert str(REPOSITORY / "nowhere" / "data.csv") in failed.stderr
    assert "VIGIA_DIABETES_SOURCE" in failed.stderr
    assert "starting" not in failed.stdout


def test_start_runs_the_pipeline_and_falls_back_loudly(machine: Machine) -> None:
    started = machine.call("start")

    assert started.returncode == 0, started.stdout + started.stderr
    assert "SYNTHETIC DATA" in started.stderr
    assert "SYNTHETIC" in started.stdout
    assert f"rows ingested: {ROWS:,}" in started.stdout
    assert machine.call("status").returncode == 0


def test_the_scheduler_ran_the_chain_by_assets(machine: Machine) -> None:
    ingest, clean, train = chain(PROBLEM)

    assert ("manual", "success") in machine.dag_runs(ingest)
    assert machine.dag_runs(clean) == [("asset_triggered", "success")]
    assert machine.dag_runs(train) == [("asset_triggered", "success")]


def test_the_api_predicts_and_the_pages_answer(machine: Machine) -> None:
    patient = {"race": "Caucasian", "gender": "Female", "age": "[60-70)"}

    answer = httpx.post(
        f"{machine.url('API')}/predict", json={"records": [patient]}, trust_env=False
    )
    info = httpx.get(f"{machine.url('API')}/model-info", trust_env=False).json()

    assert 0 < answer.json()["predictions"][0] < 1
    assert info["data"] == "synthetic"
    machine.version = info["version"]
    for service in ("MLFLOW", "AIRFLOW", "UI"):
        assert httpx.get(machine.url(service), trust_env=False, follow_redirects=True).is_success


def test_no_service_knows_anothers_password(machine: Machine) -> None:
    records = {path.stem: json.loads(path.read_text()) for path in machine.state.glob("run/*.json")}
    knows = {
        service: "\n".join(psutil.Process(record["pid"]).environ().values())
        for service, record in records.items()
    }
    allowed = {
        "raw": {"airflow-scheduler", "airflow-dag-processor"},
        "clean": {"airflow-scheduler", "airflow-dag-processor"},
        "airflow": {"airflow-scheduler", "airflow-dag-processor", "airflow-api-server"},
        "mlflow": {"mlflow"},
        "serving": {"api"},
        "superuser": set[str](),
    }

    for database, readers in allowed.items():
        password = (machine.state / "secrets" / f"postgres-{database}").read_text()
        assert {service for service, values in knows.items() if password in values} == readers


def test_a_smoke_beside_a_running_stack_is_refused(machine: Machine) -> None:
    refused = machine.call("smoke")

    assert refused.returncode == 1
    assert "make stop" in refused.stderr
    assert machine.call("status").returncode == 0


def test_a_killed_service_is_seen_and_stop_leaves_nothing(machine: Machine) -> None:
    record = json.loads((machine.state / "run" / "airflow-scheduler.json").read_text())
    os.kill(record["pid"], signal.SIGKILL)
    assert machine.call("status").returncode == 3

    assert machine.call("stop").returncode == 0

    machine.assert_nothing_is_left()


def test_run_serves_the_same_model_without_training_until_ctrl_c(machine: Machine) -> None:
    with machine.running("run") as process:
        wait_for(process, f"version {machine.version} is in service already")
        wait_for(process, "everything is up")
        assert len(machine.dag_runs(chain(PROBLEM)[0])) == 1
        process.send_signal(signal.SIGINT)

        assert process.wait(90) == 0

    machine.assert_nothing_is_left()
