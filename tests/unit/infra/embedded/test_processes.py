from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.embedded.processes import MARK, Supervised, alive, sweep

SLEEPS = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    service = Supervised("sleeper", tmp_path)
    yield service
    service.stop(signal.SIGKILL, 5)


def test_a_service_is_found_again_by_another_command(
    supervised: Supervised, tmp_path: Path
) -> None:
    process = supervised.launch(SLEEPS, {}, tmp_path)

    found = Supervised("sleeper", tmp_path).find()

    assert found is not None
    assert found.pid == process.pid
    assert os.getsid(process.pid) == process.pid


def test_a_number_that_was_given_to_another_process_is_neither_found_nor_ended(
    supervised: Supervised, tmp_path: Path
) -> None:
    process = supervised.launch(SLEEPS, {}, tmp_path)
    recycled = Supervised("recycled", tmp_path)
    record = {"pid": process.pid, "created": process.create_time() - 3600}
    (tmp_path / "run" / "recycled.json").write_text(json.dumps(record))

    assert recycled.find() is None
    recycled.stop(signal.SIGKILL, 1)

    assert alive(process)
    assert not (tmp_path / "run" / "recycled.json").exists()


@pytest.mark.parametrize("record", ["", "{}", '{"pid": 4194305, "created": 1.0}'])
def test_a_damaged_or_stale_record_means_that_nothing_runs(
    supervised: Supervised, tmp_path: Path, record: str
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "sleeper.json").write_text(record)

    assert supervised.find() is None


def test_the_log_says_why_a_service_ended(supervised: Supervised, tmp_path: Path) -> None:
    command = (sys.executable, "-c", "print('no such port'); raise SystemExit(7)")
    supervised.launch(command, {}, tmp_path).wait(10)

    assert supervised.exit_code() == 7
    assert "no such port" in supervised.tail()
    assert str(supervised.log) in supervised.tail()


def test_a_process_whose_record_was_never_written_is_swept(tmp_path: Path) -> None:
    process = subprocess.Popen(SLEEPS, env={MARK: f"{tmp_path}:sleeper"})

    sweep(tmp_path)

    process.wait(timeout=1)


def test_the_processes_of_another_state_folder_are_left_alone(
    supervised: Supervised, tmp_path: Path
) -> None:
    process = supervised.launch(SLEEPS, {}, tmp_path)

    sweep(tmp_path / "other")
    sweep(tmp_path.parent)
    Supervised("sleeper", tmp_path / "other").stop(signal.SIGKILL, 1)

    assert alive(process)
