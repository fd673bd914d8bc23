"""Airflow's own tables, made or brought up to date before its services start."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from infra.embedded import one_shot
from infra.embedded.service import module


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
    command = module("airflow", "db", "migrate")
    one_shot.run("airflow-migrate", command, environment, state_dir, seconds)
    done.write_text(release, encoding="ascii")
