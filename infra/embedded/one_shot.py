"""Commands that a service needs to have run before it starts."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path

import psutil

from infra.embedded.processes import Supervised
from infra.embedded.settings import REPOSITORY
from ml.errors import ServiceFailed


def run(
    name: str,
    command: tuple[str, ...],
    environment: Mapping[str, str],
    state_dir: Path,
    seconds: float,
) -> None:
    """Run a command to its end.

    Args:
        name: of the command, and of its log.
        command: program and arguments.
        environment: all that it gets to know of the environment.
        state_dir: the stack's folder.
        seconds: how long it may take.

    Raises:
        ServiceFailed: it failed, or took longer.
    """
    supervised = Supervised(name, state_dir)
    process = supervised.launch(command, environment, REPOSITORY)
    try:
        code = process.wait(seconds)
    except psutil.TimeoutExpired:
        code = None
    supervised.stop(signal.SIGTERM, seconds=1)
    if code != 0:
        how = f"did not end within {seconds:g} seconds" if code is None else f"exit code {code}"
        message = f"{name} failed ({how}); {supervised.tail()}"
        raise ServiceFailed(message)
