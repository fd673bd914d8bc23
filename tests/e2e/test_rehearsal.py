"""What takes whole starts of its own: a rehearsal, one over a killed start, one after a stop."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import httpx
import pytest

from infra.embedded.pipeline import chain
from tests.e2e.machine import PROBLEM, ROWS, Machine, machine_of_its_own, wait_for

pytestmark = pytest.mark.fault


@pytest.fixture
def machine() -> Iterator[Machine]:
    with machine_of_its_own() as made:
        yield made


@pytest.mark.soak  # `.ci/run` ends with one on real data, and `test_embedded` falls back, too
def test_smoke_ends_with_one_line_of_json(machine: Machine) -> None:
    smoke = machine.call("smoke")

    assert smoke.returncode == 0, smoke.stderr
    last = json.loads(smoke.stdout.splitlines()[-1])
    assert last.keys() == {
        *("problem", "rows_ingested", "model_version", "auroc", "probability", "data", "seconds")
    }
    assert last["problem"] == PROBLEM
    assert last["rows_ingested"] == ROWS
    assert last["model_version"] == "1"
    assert last["data"] == "synthetic"
    assert 0 < last["probability"] < 1
    machine.assert_nothing_is_left()


def test_a_start_over_a_killed_one_recovers_and_the_next_trains_nothing(machine: Machine) -> None:
    with machine.running("start") as process:
        wait_for(process, "starting ui")
        process.kill()
    assert machine.call("status").returncode == 3

    recovered = machine.call("start")

    assert recovered.returncode == 0, recovered.stdout + recovered.stderr
    assert "an earlier stack was cleared away" in recovered.stdout
    assert machine.call("status").returncode == 0
    version = httpx.get(f"{machine.url('API')}/model-info", trust_env=False).json()["version"]
    assert machine.call("stop").returncode == 0
    machine.assert_nothing_is_left()
    serves_the_same_until_ctrl_c(machine, version)


def serves_the_same_until_ctrl_c(machine: Machine, version: str) -> None:
    with machine.running("run") as process:
        wait_for(process, f"version {version} is in service already")
        wait_for(process, "everything is up")
        assert len(machine.dag_runs(chain(PROBLEM)[0])) == 1
        process.send_signal(signal.SIGINT)

        assert process.wait(90) == 0

    machine.assert_nothing_is_left()
