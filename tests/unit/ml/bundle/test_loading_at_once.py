"""Bundles that several threads load at the same moment, as a service of several problems does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.api.toy_models import train

ROOT = Path(__file__).parents[4]
# The threads take turns as often as can be. A process that has loaded once shows nothing any
# more, and one that fails ends without a word: so each attempt is a process of its own.
LOAD = """
import sys, threading
from pathlib import Path

sys.setswitchinterval(1e-6)
from ml import bundle

at_once = threading.Barrier(4)

def load():
    at_once.wait()
    bundle.load(Path(sys.argv[1]))

threads = [threading.Thread(target=load) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("made") / "bundle").folder


@pytest.mark.parametrize("attempt", range(2))
def test_threads_may_load_at_once(folder: Path, attempt: int) -> None:
    command = (sys.executable, "-c", LOAD, str(folder))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
