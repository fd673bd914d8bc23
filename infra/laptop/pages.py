"""The clinicians' pages as a process beside the API."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

from infra.laptop.settings import HOST, REPOSITORY, Settings
from infra.streamlit import serve

_PATIENCE_SECONDS = 10


@contextmanager
def pages(settings: Settings) -> Generator[None]:
    """Serve the pages until the end, however that comes."""
    process = subprocess.Popen(
        (sys.executable, "-m", *serve(HOST, settings.ui_port)),
        cwd=REPOSITORY,
        env={**os.environ, "VIGIA_API_URL": settings.api, "PYTHONPATH": str(REPOSITORY)},
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
