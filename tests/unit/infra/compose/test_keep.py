"""What was ended by `docker kill` is started again, what was stopped is not.

A stand-in for the program `docker` tells the events, since the machine that runs these tests need
not have Docker; `make rehearse` kills the services of the real one.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from infra.embedded.settings import REPOSITORY

# What there is is gone when it has told its events.
_DOCKER = """#!/bin/sh
case "$1 $2" in
'compose config') echo 'name: toy' ;;
'ps '*) [ -e "$0.gone" ] || echo one ;;
'events '*) touch "$0.gone"; cat "$0.events"; exec sleep 60 ;;
'wait removed') exit 1 ;;
'inspect '*) case "$4" in once) echo no ;; *) echo unless-stopped ;; esac ;;
'start '*) echo "$2" >>"$0.started" ;;
esac
"""
_NO_SIGNAL = "<no value>"  # how Docker writes an attribute that an event lacks


class Keeper:
    """The script, and the events that Docker tells it."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self._docker = folder / "docker"
        self._docker.write_text(_DOCKER)
        self._docker.chmod(0o755)

    def run(self, *events: str) -> list[str]:
        """Return the containers that it started again by the time that none was left."""
        told = "".join(f"{event}\n" for event in (*events, f"destroy last {_NO_SIGNAL}"))
        self._docker.with_name("docker.events").write_text(told)
        subprocess.run(
            ("sh", str(REPOSITORY / "infra" / "compose" / "keep.sh")),
            env={
                "PATH": f"{self._docker.parent}:{os.environ['PATH']}",
                "VIGIA_STATE_DIR": str(self.state),
            },
            check=True,
            timeout=30,
        )
        started = self._docker.with_name("docker.started")
        return started.read_text().split() if started.exists() else []


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path)


def test_a_killed_container_is_started_again(keeper: Keeper) -> None:
    assert keeper.run("kill one 9", f"die one {_NO_SIGNAL}") == ["one"]
    assert not (keeper.state / "keep-toy").exists()


@pytest.mark.parametrize("stop_signal", [15, 2, 10])
def test_a_stopped_container_stays_down(keeper: Keeper, stop_signal: int) -> None:
    assert keeper.run(f"kill one {stop_signal}", "kill one 9", "kill two 9") == ["two"]


def test_what_was_started_after_a_stop_is_kept_again(keeper: Keeper) -> None:
    assert keeper.run("kill one 15", f"start one {_NO_SIGNAL}", "kill one 9") == ["one"]


def test_reading_settings_again_is_no_stop(keeper: Keeper) -> None:
    assert keeper.run("kill one 1", "kill one 9") == ["one"]


@pytest.mark.parametrize("other", ["removed", "once"])
def test_what_is_gone_or_runs_once_stays_down(keeper: Keeper, other: str) -> None:
    assert keeper.run(f"kill {other} 9", "kill one 9") == ["one"]


def test_a_second_keeper_of_a_project_leaves_it_to_the_first(keeper: Keeper) -> None:
    keeper.state.mkdir()
    with (keeper.state / "keep-toy.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert keeper.run("kill one 9") == []
