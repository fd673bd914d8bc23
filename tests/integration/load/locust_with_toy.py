"""Locust as its command starts it, which knows the toy problem, too."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from locust.main import main  # first of all: it makes what is imported later yield to others

from ml import problems

problems.__path__ = [
    str(Path(__file__).parents[2] / "unit" / "api" / "declared"),
    *problems.__path__,
]

if __name__ == "__main__":
    # Whoever runs the tests in the background of a shell has it ignored, and hands that down.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())  # type: ignore[no-untyped-call] # Locust's own is not typed
