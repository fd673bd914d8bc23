"""One command at a time changes the stack of a state folder."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path

from ml.errors import StackBusy


@contextmanager
def exclusive(path: Path) -> Generator[None]:
    """Hold the lock at `path`, or raise `StackBusy`; a killed holder's lock is free."""
    with _opened(path) as file:
        if not _acquired(file):
            message = (
                f"process {_holder(path)} is running this stack or changing it ({path.parent}): "
                f"wait for it, or stop everything with `make stop`"
            )
            raise StackBusy(message)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def taken_over(path: Path, seconds: float) -> Generator[None]:
    """Ask the holder of the lock to end, wait for that, and hold the lock.

    Args:
        path: the lock's file.
        seconds: how long the holder may take; it stops the whole stack meanwhile.
    """
    with _opened(path) as file:
        deadline = time.monotonic() + seconds
        asked = False
        while not _acquired(file):
            if not asked and (holder := _holder(path)):
                with suppress(ProcessLookupError):
                    os.kill(holder, signal.SIGTERM)
                asked = True
            if time.monotonic() > deadline:
                message = (
                    f"process {_holder(path)} was asked to stop the stack and did not "
                    f"within {seconds:g} seconds: end it and try again"
                )
                raise StackBusy(message)
            time.sleep(0.1)
        file.truncate(0)
        yield


def _opened(path: Path) -> TextIOWrapper:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("a+", encoding="ascii")


def _acquired(file: TextIOWrapper) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(path: Path) -> int:
    """Return the number of the holding process; 0 while it has not yet written it."""
    return int(path.read_text(encoding="ascii") or 0)
