"""Ctrl-C, a polite kill and a closed terminal all end a command the same clean way."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Generator[None]:
    """Raise `KeyboardInterrupt` at the first signal and ignore all later ones.

    What is being stopped then is stopped to the end: a second Ctrl-C must not leave half of
    the services behind.
    """
    before = {number: signal.signal(number, _interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore() -> None:
    """Ignore the signals from here on."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    ignore()
    raise KeyboardInterrupt
