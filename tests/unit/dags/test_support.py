"""Failures as Airflow sees them; in an interpreter of its own, as `describe.py` says why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ml import errors

ROOT = Path(__file__).parents[3]
RAISE = """
import sys
from airflow.sdk.exceptions import AirflowFailException
from dags.support import honest
from ml import errors

for name in sys.argv[1:]:
    failure = getattr(errors, name, None) or getattr(__import__("builtins"), name)
    argument = [errors.Violation(0, "f", "r", "told")] if name == "InvalidRecord" else "told"

    @honest
    def step(number: int) -> int:
        "A step."
        if number:
            return number
        raise failure(argument)

    assert step(2) == 2 and step.__doc__ == "A step."
    try:
        step(0)
    except AirflowFailException as error:
        assert "told" in str(error) and isinstance(error.__cause__, failure)
        print(name, "fails")
    except failure:
        print(name, "again")
"""
REPORT = """
from types import SimpleNamespace
from dags.support import report_failure

instance = SimpleNamespace(dag_id="d", task_id="t", map_index=3, run_id="r", try_number=2)
report_failure({"task_instance": instance, "exception": ValueError("told")})
"""
# Time may mend these; what else is wrong stays so until somebody acts.
PASSING = {"DatabaseUnavailable", "RegistryUnavailable", "SourceUnavailable"}


def run(code: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"AIRFLOW_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True, timeout=120
    )


def test_only_what_time_may_mend_is_tried_again(tmp_path: Path) -> None:
    tree = [
        name
        for name, found in vars(errors).items()
        if isinstance(found, type) and issubclass(found, errors.VigiaError)
    ]
    assert set(tree) > PASSING
    names = [*tree, "OSError", "ValueError"]  # an error of no tree may be anything
    told = dict(line.split() for line in run(RAISE, tmp_path, *names).stdout.splitlines())
    expected = {
        name: "fails" if name in tree and name not in PASSING else "again" for name in names
    }
    assert told == expected


def test_a_failure_is_one_line_that_a_collector_can_match(tmp_path: Path) -> None:
    done = run(REPORT, tmp_path)
    line = "task_failed dag=d task=t map_index=3 run=r try=2 error=told"
    assert line in done.stdout + done.stderr
