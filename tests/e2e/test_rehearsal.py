"""What takes a whole start of its own: a rehearsal, and a start over a killed one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

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


def test_a_start_over_a_killed_one_recovers(machine: Machine) -> None:
    with machine.running("start") as process:
        wait_for(process, "starting ui")
        process.kill()
    assert machine.call("status").returncode == 3

    recovered = machine.call("start")

    assert recovered.returncode == 0, recovered.stdout + recovered.stderr
    assert "an earlier stack was cleared away" in recovered.stdout
    assert machine.call("status").returncode == 0
    assert machine.call("stop").returncode == 0
    machine.assert_nothing_is_left()
