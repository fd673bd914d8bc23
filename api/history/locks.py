"""Locks on files: the kernel gives them back when their process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path


def held(path: Path) -> AbstractContextManager[None]:
    """Wait for the lock of a file and hold it."""
    return _locked(path, fcntl.LOCK_EX)


def shared(path: Path) -> AbstractContextManager[None]:
    """Wait until nobody holds the lock of a file, and let nobody; others may share it."""
    return _locked(path, fcntl.LOCK_SH)


def taken(path: Path) -> int | None:
    """Return the descriptor that holds the lock of a file, or `None` where another does."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


@contextmanager
def _locked(path: Path, how: int) -> Generator[None]:
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
