"""From the clinic's laptop to a server: `python -m api.history move`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from api.history import move as moving
from api.history.__main__ import main
from api.history.database import connect, transaction
from api.history.history import History
from api.history.move import move
from api.history.outcomes import Reported
from api.history.settings import HistorySettings
from api.history.store import insert
from api.history.tables import METADATA
from ml.errors import DataError
from tests.integration.api.history.noting import note

pytestmark = pytest.mark.anyio
RECORDS = 2300


@pytest.fixture
async def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """A history on SQLite with predictions, outcomes with corrections, and an audit."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    history = History(HistorySettings(state_dir=tmp_path), CollectorRegistry())
    history.start()
    ids = []
    for start in range(0, RECORDS, 100):
        records = [
            {"age": start, "weight-kg": number / 7, "reason": "é\x01\"\\'", "person": f"p{number}"}
            for number in range(100)
        ]
        ids += note(history, records)
    history.audit("swapped", "toy", version="1", digest="d")
    now = datetime.now(UTC)
    for what in ("yes", "no"):
        reported = [Reported(prediction_id=i, outcome=what, observed_at=now) for i in ids[::3]]
        await history.report("toy", "somebody", reported)
    history.stop()
    return connect(f"sqlite:///{tmp_path / 'history.db'}")


def counts(engine: sa.Engine) -> dict[str, int]:
    with transaction(engine) as connection:
        return {
            table.name: connection.execute(
                sa.select(sa.func.count()).select_from(table)
            ).scalar_one()
            for table in METADATA.sorted_tables
        }


def digest(laptop: sa.Engine) -> str:
    """Return the SHA-256 of the laptop's file."""
    return hashlib.sha256(Path(laptop.url.database or "").read_bytes()).hexdigest()


@contextmanager
def opened(url: str) -> Iterator[sa.Engine]:
    engine = connect(url)
    yield engine
    engine.dispose()


async def test_every_row_arrives_once_and_equal_into_rights_to_add_and_read(
    laptop: sa.Engine, service_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = laptop.url.render_as_string()
    before = digest(laptop)
    for _ in range(2):  # the second finds everything there
        assert main(["move", "--from", source, "--to", service_url]) == 0
    with opened(service_url) as target:
        assert counts(target) == counts(laptop)
        assert counts(target) == {
            "prediction": RECORDS,
            "outcome": 2 * len(range(0, RECORDS, 3)),
            "feedback": 0,
            "audit": 1,
        }
    told = capsys.readouterr().out.splitlines()
    assert told[: len(told) // 2] == told[len(told) // 2 :]
    assert f"prediction: {RECORDS} rows, sha256 " in "\n".join(told)
    assert digest(laptop) == before


async def test_a_move_that_was_killed_goes_on_where_it_was(
    laptop: sa.Engine, service_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[str] = []

    def dies(connection: sa.Connection, table: sa.Table, rows: Any) -> None:
        batches.append(table.name)
        if batches.count("prediction") == 3:
            raise KeyboardInterrupt
        insert(connection, table, rows)

    monkeypatch.setattr(moving, "insert", dies)
    with opened(service_url) as target:
        with pytest.raises(KeyboardInterrupt):
            move(laptop, target, lambda _: None)
        assert counts(target)["prediction"] == 2 * moving.BATCH_ROWS
        monkeypatch.undo()
        moved = move(laptop, target, lambda _: None)
        assert {one.table: one.rows for one in moved} == counts(target) == counts(laptop)


async def test_a_target_that_differs_is_told(laptop: sa.Engine, service_url: str) -> None:
    with opened(service_url) as target:
        with transaction(laptop) as connection, closing(connection.begin_nested()):
            row = connection.exec_driver_sql("SELECT * FROM audit").mappings().one()
        with transaction(target) as connection:
            other = {**row, "detail": "another", "time": datetime.fromisoformat(row["time"])}
            connection.execute(sa.insert(METADATA.tables["audit"]), [other])
        with pytest.raises(DataError, match="move into an empty database"):
            move(laptop, target, lambda _: None)


async def test_a_target_without_tables_says_what_to_do(
    laptop: sa.Engine, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = laptop.url.render_as_string()
    assert main(["move", "--from", source, "--to", database_url]) == 1
    assert "python -m api.history migrate" in capsys.readouterr().err
