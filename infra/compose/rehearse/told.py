"""What the rehearsal tells: each step with the time since it began."""

from __future__ import annotations

import sys
import time

_BEGAN = time.monotonic()


def step(line: str) -> None:
    """Print one line of progress."""
    sys.stdout.write(f"{seconds():7.1f} s  {line}\n")
    sys.stdout.flush()


def seconds() -> float:
    """Return how long the rehearsal has been going on."""
    return time.monotonic() - _BEGAN
