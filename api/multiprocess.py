"""One set of metrics for all workers of a service.

prometheus_client then keeps each worker's values in files that all of them read. It
decides so when it is first imported, by an environment variable: `python -m api` sets it
before the workers start. Process metrics (memory, CPU) are each worker's own and are left
out, since a scrape reaches whichever worker takes it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def share(folder: Path) -> None:
    """Let the workers that this process starts share their metrics in an emptied folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[FOLDER] = str(folder)


def shared() -> bool:
    """Tell whether this process shares its metrics."""
    return FOLDER in os.environ


def exposition(own: CollectorRegistry) -> bytes:
    """Return Prometheus's text: of all workers where they share, else of `own`."""
    if not shared():
        return generate_latest(own)
    folder = Path(os.environ[FOLDER])
    _forget_dead_workers(folder)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call] # untyped library
    return generate_latest(registry)


def _forget_dead_workers(folder: Path) -> None:
    """Take what only a living worker has, such as requests under way, from the killed ones."""
    files = folder.glob("gauge_live*_*.db")
    for process in {int(path.stem.rpartition("_")[2]) for path in files}:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call] # the same
