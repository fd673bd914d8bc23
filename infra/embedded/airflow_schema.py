"""Airflow's own tables, made or brought up to date before its services start."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import psutil

from infra.embedded.processes import Supervised
from infra.embedded.settings import REPOSITORY
from ml.errors import ServiceFailed


def migrate(state_dir: Path, environment: Mapping[str, str], seconds: float) -> None:
    """Run `airflow db migrate`, unless this release has already done so on these databases.

    Args:
        state_dir: the stack's folder.
        environment: Airflow's environment.
        seconds: how long it may take.
    """
    # Beside the data that it is about, so that it goes with them.
    done = state_dir / "postgres" / "airflow-schema"
    release = version("apache-airflow")
    if done.exists() and done.read_text(encoding="ascii") == release:
        return
    migration = Supervised("airflow-migrate", state_dir)
    process = migration.launch(
        (sys.executable, "-m", "airflow", "db", "migrate"), environment, REPOSITORY
    )
    try:
        code = process.wait(seconds)
    except psutil.TimeoutExpired:
        code = None
    migration.stop(signal.SIGTERM, seconds=1)
    if code != 0:
        how = f"did not end within {seconds:g} seconds" if code is None else f"exit code {code}"
        message = f"airflow db migrate failed ({how}); {migration.tail()}"
        raise ServiceFailed(message)
    done.write_text(release, encoding="ascii")
