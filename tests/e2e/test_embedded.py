"""The whole platform, started and stopped as a person does; the tests build on one another."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator

import httpx
import psutil
import pytest

from infra.embedded.pipeline import chain
from infra.embedded.settings import REPOSITORY
from tests.e2e.machine import PROBLEM, ROWS, Machine, machine_of_its_own, wait_for
from tests.integration.api.real_server import until
from tests.integration.collector import Collector, Seen, collecting
from tests.unit.infra.exporter.test_documented import shown_by_the_exporter

# What an undisturbed stack of a few minutes has no data for.
QUIET = {
    "airflow_dag_last_failure_timestamp_seconds",  # nothing has failed
    "airflow_dag_running_since_timestamp_seconds",  # nothing runs
    "airflow_asset_waiting_since_timestamp_seconds",  # nothing waits
    "vigia_retraining_last_timestamp_seconds",  # one prediction asks for no training
    "vigia_live_metric",  # no outcome is due
    "vigia_input_drift_psi",  # too few predictions to compare
    "vigia_input_drift_critical",  # the same
}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


@pytest.fixture(scope="module")
def machine(collector: Collector) -> Iterator[Machine]:
    with machine_of_its_own(VIGIA_OTLP_ENDPOINT=collector.url) as made:
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
    assert f"{machine.url('API')}/metrics" in started.stdout
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


def test_the_monitor_looks_and_its_report_can_be_read(machine: Machine) -> None:
    dag = f"monitor_{PROBLEM}"
    machine.airflow("PATCH", f"dags/{dag}", {"is_paused": False})
    run = machine.airflow("POST", f"dags/{dag}/dagRuns", {"logical_date": None})["dag_run_id"]
    until(lambda: machine.dag_runs(dag) == [("manual", "success")])

    told = httpx.get(f"{machine.url('API')}/monitoring", trust_env=False).json()

    (report,) = told["reports"]
    assert (report["dag_run"], report["version"]) == (run, machine.version)
    assert report["predictions"] >= 1
    assert report["decision"]["retrain"] is False
    assert report["decision"]["undecided"]


def test_every_metric_of_the_exporter_has_data(machine: Machine) -> None:
    wanted = shown_by_the_exporter() - QUIET

    def lacking() -> set[str]:
        text = httpx.get(f"{machine.url('EXPORTER')}/metrics", trust_env=False).text
        return {name for name in wanted if not re.search(rf"^{name}(?:\{{| )", text, re.MULTILINE)}

    until(lambda: not lacking(), lambda: str(lacking()))
    assert httpx.get(f"{machine.url('MLFLOW')}/metrics", trust_env=False).text.count("mlflow_http")


def test_logs_of_our_services_are_json_and_a_tasks_lines_name_its_run(machine: Machine) -> None:
    # The pages say nothing before somebody opens one: `test_request_followed.py` does.
    for service in ("api", "mlflow", "exporter", "airflow-scheduler"):
        lines = (machine.state / "logs" / f"{service}.log").read_text().splitlines()
        structured = [json.loads(line) for line in lines if line.startswith("{")]
        assert structured, service
        assert all({"event", "level", "timestamp"} <= line.keys() for line in structured), service
    folder = machine.state / "airflow" / "logs"
    (log, *_) = folder.glob(f"dag_id=monitor_{PROBLEM}/run_id=*/task_id=look/attempt=1.log")
    told = [json.loads(line) for line in log.read_text().splitlines()]
    named = [line for line in told if line.get("dag_id") == f"monitor_{PROBLEM}"]
    assert named
    assert all(line["run_id"] and line["task_id"] == "look" for line in named)


def test_a_task_is_traced_to_the_run_in_mlflow_that_it_made(
    machine: Machine, collector: Collector
) -> None:
    def recorded() -> list[Seen]:
        return [span for span in collector.spans if span.name == "mlflow record"]

    until(lambda: bool(recorded()), lambda: str({span.name for span in collector.spans}))
    (made,) = recorded()
    task = next(span for span in collector.spans if span.span_id == made.parent_id)
    info = httpx.get(f"{machine.url('API')}/model-info", trust_env=False).json()
    assert task.attributes["airflow.task_id"] == "train_and_register"
    assert made.attributes["mlflow.run_id"] == info["run_id"]


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
        "monitor": {"airflow-scheduler", "airflow-dag-processor"},
        "exporter": {"exporter"},
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
