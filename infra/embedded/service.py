"""What the stack knows of one service."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.settings import HOST


def _nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """One row of the table.

    Args:
        name: its name on the terminal, and its log's.
        command: program and arguments.
        environment: all that it gets to know of the environment.
        folder: its working directory.
        healthy: tells whether the process that started at that time (seconds since 1970)
            does its work.
        page: where a person finds it, if anywhere.
        needs: services that must be healthy before it starts.
        prepare: what must be done before it starts.
        stop_signal: what makes it end cleanly and fast.
        user: the system user that it must run as; the caller's where `None`.
    """

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    healthy: Callable[[float], bool]
    page: str = ""
    needs: tuple[str, ...] = ()
    prepare: Callable[[], None] = _nothing
    stop_signal: signal.Signals = signal.SIGTERM
    user: str | None = None


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """Return the command line that runs a Python module of this environment."""
    return (sys.executable, "-m", name, *arguments)


def listen(port: int) -> tuple[str, ...]:
    """Return the flags that uvicorn, MLflow and Airflow share."""
    return ("--host", HOST, "--port", str(port))
