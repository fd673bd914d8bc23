"""Every query of the dashboards, every rule and every runbook, asked of a real Prometheus."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from infra.embedded.settings import REPOSITORY
from infra.grafana.queries import Asked, queries
from tests.e2e.machine import PROBLEM, Machine
from tests.e2e.promql import Prometheus, metrics_of

pytestmark = [
    pytest.mark.soak,  # a whole stack under load, for minutes
    pytest.mark.timeout(1800),
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="needs Debian's prometheus"),
]
LOAD_SECONDS = 90
SETTLE_SECONDS = 60  # two scrapes, what the exporter asks in between, and the rules
MINUTES = 15
EXCUSES = {
    metric: entry["reason"]
    for file in ("infra/prometheus/without_data.json", "infra/exporter/absent.json")
    for entry in json.loads((REPOSITORY / file).read_text())
    for metric in entry["metrics"]
}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine.on_free_ports(tmp_path_factory.mktemp("observed") / "state")
    started = made.call("start")
    assert started.returncode == 0, started.stdout + started.stderr
    yield made
    made.call("stop")


@pytest.fixture(scope="module")
def prometheus(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that has seen load, outcomes, and a look of the monitor."""
    load(machine, tmp_path_factory.mktemp("load"))
    look(machine)
    time.sleep(SETTLE_SECONDS)
    with closing(Prometheus(machine.url("PROMETHEUS"))) as asked:
        yield asked


def load(machine: Machine, folder: Path) -> None:
    """Load the API as `make load` does; requests that are wrong, too."""
    locust = (str(Path(sys.executable).with_name("locust")), "-f", "locust/users.py", "Ward")
    ran = subprocess.run(
        (
            *(*locust, "--headless", "--host", machine.url("API"), "--users", "10"),
            *("--run-time", f"{LOAD_SECONDS}s", "--csv", str(folder / "load")),
        ),
        cwd=REPOSITORY,
        env=machine.environment | {"VIGIA_LOAD_P95_MS": "60000", "VIGIA_LOAD_RECORDS": "500"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def look(machine: Machine) -> None:
    """Let the monitor look at what was asked and answered."""
    dag = f"monitor_{PROBLEM}"
    machine.airflow("PATCH", f"dags/{dag}", {"is_paused": False})
    run = machine.airflow("POST", f"dags/{dag}/dagRuns", {"logical_date": None})["dag_run_id"]
    for _ in range(300):
        state = machine.airflow("GET", f"dags/{dag}/dagRuns/{run}")["state"]
        if state in {"success", "failed"}:
            break
        time.sleep(1)
    assert state == "success"


def excused(expr: str) -> bool:
    return bool(metrics_of(expr) & EXCUSES.keys())


def test_every_part_shows_its_metrics(prometheus: Prometheus) -> None:
    targets = prometheus.get("targets?state=active")["activeTargets"]

    down = {t["labels"]["job"]: t["lastError"] for t in targets if t["health"] != "up"}
    assert down.keys() <= {"locust"}, down
    assert {target["labels"]["job"] for target in targets} >= {"api", "exporter", "mlflow"}


def test_every_rule_can_be_evaluated(prometheus: Prometheus) -> None:
    groups = prometheus.get("rules")["groups"]

    rules = [rule for group in groups for rule in group["rules"]]
    assert {r["name"]: r["lastError"] for r in rules if r["health"] != "ok"} == {}
    assert {group["name"] for group in groups} == {
        *("objectives", "api", "pipelines", "models", "platform")
    }


@pytest.mark.parametrize("asked", list(queries()), ids=lambda asked: asked.title)
def test_a_panel_has_data(prometheus: Prometheus, asked: Asked) -> None:
    found = prometheus.lately(asked.expr, MINUTES)

    assert found or excused(asked.expr), asked.expr


def test_alerts_and_rules_read_what_there_is(prometheus: Prometheus) -> None:
    groups = prometheus.get("rules")["groups"]
    missing = {
        (rule["name"], metric)
        for group in groups
        for rule in group["rules"]
        for metric in metrics_of(rule["query"]) - EXCUSES.keys()
        if not prometheus.lately(metric, MINUTES)
    }

    assert not missing


def test_what_the_runbooks_ask_can_be_asked(prometheus: Prometheus) -> None:
    for page in sorted((REPOSITORY / "docs" / "runbooks").glob("*.md")):
        asked = re.findall(r"promtool query instant \S+ '([^']+)'", page.read_text())
        for expr in asked:
            prometheus.now(expr)


def test_no_alert_pages_anybody_while_all_is_well(prometheus: Prometheus) -> None:
    firing = prometheus.now('ALERTS{alertstate="firing",severity="page"}')

    assert [series["metric"]["alertname"] for series in firing] == []


def test_every_excuse_has_a_reason() -> None:
    assert all(len(reason) > 10 for reason in EXCUSES.values())
