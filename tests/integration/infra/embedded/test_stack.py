from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from infra.embedded.processes import MARK, alive
from infra.embedded.service import Service
from infra.embedded.settings import HOST, Settings
from infra.embedded.stack import Stack, State
from ml.errors import InvalidSettings, ServiceFailed, StackBusy
from tests.integration.infra.embedded.conftest import MakeService

# A service whose grandchild leaves its session, loses its parent and ignores polite signals.
NASTY = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        open("grandchild", "w").write(str(os.getpid()))
        time.sleep(120)
    os._exit(0)
os.wait()
while not os.path.exists("grandchild"):
    time.sleep(0.01)
"""

HOLDER = """
import pathlib, sys, time
from infra.embedded.interruption import interruptible
from infra.embedded.lock import exclusive
with exclusive(pathlib.Path(sys.argv[1])), interruptible():
    try:
        print("held", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        sys.exit(0)
"""


@pytest.fixture
def table(settings: Settings, web: MakeService) -> tuple[Service, ...]:
    first = web("first", settings.mlflow_port)
    return first, replace(web("second", settings.api_port), needs=("first",))


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def stack(settings: Settings, table: tuple[Service, ...], lines: list[str]) -> Iterator[Stack]:
    made = Stack(settings, table, lines.append)
    yield made
    made.stop()


def of(settings: Settings, *services: Service) -> Stack:
    return Stack(settings, services, lambda _: None)


def bears_mark(process: psutil.Process, settings: Settings) -> bool:
    try:
        return process.environ().get(MARK, "").startswith(f"{settings.state_dir}:")
    except psutil.Error:
        return False


def kill(state: State) -> None:
    process = psutil.Process(state.pid)
    process.kill()
    while alive(process):
        time.sleep(0.01)


def left_over(settings: Settings) -> list[psutil.Process]:
    processes = (process for process in psutil.process_iter() if bears_mark(process, settings))
    return [process for process in processes if alive(process)]


def test_services_start_in_order_and_stop_in_reverse(
    stack: Stack, settings: Settings, lines: list[str]
) -> None:
    stack.start()
    assert [state.state for state in stack.states()] == ["up", "up"]

    assert stack.stop()

    assert lines == ["starting first", "starting second", "stopping second", "stopping first"]
    assert [state.state for state in stack.states()] == ["down", "down"]
    assert not left_over(settings)
    assert not stack.stop()


def test_a_taken_port_is_named_with_its_setting_before_anything_starts(
    stack: Stack, settings: Settings, lines: list[str]
) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, settings.ui_port))
        taken.listen()

        with pytest.raises(InvalidSettings, match=rf"{settings.ui_port} .*VIGIA_UI_PORT"):
            stack.start()

    assert not lines


def test_a_service_that_dies_at_start_is_explained(settings: Settings, web: MakeService) -> None:
    dies = web("dies", settings.api_port, "print('the disk is full'); raise SystemExit(9)")
    stack = of(settings, dies)

    with pytest.raises(ServiceFailed) as failed:
        stack.start()

    assert "dies has ended with exit code 9" in str(failed.value)
    assert "the disk is full" in str(failed.value)
    assert str(settings.state_dir / "logs" / "dies.log") in str(failed.value)


def test_a_service_that_never_answers_is_given_up(settings: Settings, web: MakeService) -> None:
    stack = of(
        settings.model_copy(update={"start_seconds": 0.5}),
        web("mute", settings.api_port, "import time; time.sleep(60)"),
    )

    with pytest.raises(ServiceFailed, match=r"mute did not become healthy .*VIGIA_START_SECONDS"):
        stack.start()

    stack.stop()


def test_a_service_that_dies_later_is_noticed(stack: Stack) -> None:
    stack.start()
    stack.check()

    kill(stack.states()[1])

    with pytest.raises(ServiceFailed, match="second has ended with exit code -9"):
        stack.check()


def test_every_process_of_a_service_is_ended(
    settings: Settings, web: MakeService, tmp_path: Path
) -> None:
    stack = of(settings, web("nasty", settings.api_port, NASTY))
    stack.start()
    grandchild = psutil.Process(int((tmp_path / "grandchild").read_text()))
    assert alive(grandchild)
    assert grandchild.ppid() != stack.states()[0].pid

    stack.stop()

    assert not alive(grandchild)
    assert not left_over(settings)


def test_what_a_killed_command_left_is_adopted_or_stopped(
    settings: Settings, table: tuple[Service, ...], stack: Stack
) -> None:
    stack.start()
    later = of(settings, *table)

    assert later.adopt()
    later.check()
    assert later.stop()

    assert not left_over(settings)


def test_half_a_stack_is_not_adopted(
    settings: Settings, table: tuple[Service, ...], stack: Stack
) -> None:
    stack.start()
    kill(stack.states()[0])
    later = of(settings, *table)

    assert not later.running()
    assert not later.adopt()
    assert later.stop()
    later.start()

    assert [state.state for state in later.states()] == ["up", "up"]
    later.stop()


def test_one_command_at_a_time(
    settings: Settings, table: tuple[Service, ...], stack: Stack
) -> None:
    with (
        stack.exclusive(),
        pytest.raises(StackBusy, match=rf"process {os.getpid()} .*make stop"),
        of(settings, *table).exclusive(),
    ):
        pass


def test_stopping_asks_the_running_command_to_end(stack: Stack, settings: Settings) -> None:
    settings.state_dir.mkdir()
    lock = str(settings.state_dir / "lock")
    holder = subprocess.Popen(
        (sys.executable, "-c", HOLDER, lock), stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"

    with stack.taken_over():
        assert holder.wait(5) == 0

    holder.stdout.close()


def test_a_killed_commands_lock_is_free(stack: Stack, settings: Settings) -> None:
    settings.state_dir.mkdir()
    (settings.state_dir / "lock").write_text(json.dumps(os.getpid()))

    with stack.exclusive():
        assert (settings.state_dir / "lock").read_text() == str(os.getpid())
