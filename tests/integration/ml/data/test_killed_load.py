"""A load that is killed in mid-batch, and the run after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from ml.data import raw_store
from ml.data.source import fetch
from ml.settings import Settings
from tests.toy import problem

ROOT = Path(__file__).parents[4]
LOADER = """
import sys
from ml.data.database import connect
from ml.data.raw_store import ingest
from ml.settings import settings
from tests.toy import problem
ingest(connect(sys.argv[1]), problem, "synthetic", settings(), "killed")
"""
CHECKSUM = """
SELECT encode(sha256(string_agg(row_hash || (part || batch_id || row_number)::bytea, ''
                                ORDER BY row_hash)), 'hex')
FROM toy.raw_data
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


def settings_in(folder: Path) -> Settings:
    return Settings(state_dir=folder, batch_rows=100, synthetic_rows=1000)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def scalar(engine: sa.Engine, statement: str) -> object:
    with engine.connect() as connection:
        return connection.scalar(sa.text(statement))


@pytest.mark.parametrize("table", ["raw_test", "raw_rejected"])
def test_a_killed_load_leaves_nothing_and_the_next_run_mends_it(
    engine: sa.Engine, database_url: str, tmp_path: Path, table: str
) -> None:
    settings = settings_in(tmp_path)
    raw_store.create(engine, problem)
    plans = raw_store.plan(engine, problem, fetch(problem, "synthetic", settings), "first")
    raw_store.load(engine, problem, plans[0], settings, "first")
    stored = raw_store.stored_rows(engine, problem)

    with engine.connect() as blocker:
        # The loader has written two parts, or all of them, when it comes to this table.
        blocker.execute(sa.text(f"LOCK TABLE toy.{table} IN SHARE MODE"))
        environment = os.environ | {
            "VIGIA_STATE_DIR": str(tmp_path),
            "VIGIA_BATCH_ROWS": "100",
            "VIGIA_SYNTHETIC_ROWS": "1000",
        }
        with subprocess.Popen(
            [sys.executable, "-c", LOADER, database_url], cwd=ROOT, env=environment
        ) as loader:
            wait_for(lambda: loader.poll() is None and scalar(engine, WAITING) == 2)
            loader.send_signal(signal.SIGKILL)
        assert loader.returncode == -signal.SIGKILL
    assert raw_store.stored_rows(engine, problem) == stored

    results = raw_store.ingest(engine, problem, "synthetic", settings, "second")
    assert [result.batch_id for result in results] == [plan.batch_id for plan in plans[1:]]
    assert raw_store.stored_rows(engine, problem)["total"] == 1000
    statuses = "SELECT string_agg(DISTINCT status, ',') FROM toy.batch_metadata"
    assert scalar(engine, statuses) == "loaded"
    assert scalar(engine, CHECKSUM) == checksum_of_an_undisturbed_run(engine, settings)


def checksum_of_an_undisturbed_run(engine: sa.Engine, settings: Settings) -> object:
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA toy CASCADE"))
    raw_store.ingest(engine, problem, "synthetic", settings, "undisturbed")
    return scalar(engine, CHECKSUM)
