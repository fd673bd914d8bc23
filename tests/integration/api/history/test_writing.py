"""From the spool into both kinds of database: exactly once, as it was, whatever fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from api.errors import HistoryFull, HistoryUnavailable, UnknownPrediction
from api.history.database import connect
from api.history.history import History
from api.history.migrate import migrate
from api.history.queries import Filters
from api.history.settings import HistorySettings
from tests.integration.api.history.noting import note

pytestmark = pytest.mark.anyio
SettingsOf = Callable[[str], HistorySettings]
# What JSON, CSV and SQL could each stumble over.
AWKWARD = 'quote " back\\slash \\. comma, tab\t line\n {brace} é 漢 \u2028 \x01\x02 %s :x'


@contextmanager
def running(settings: HistorySettings) -> Iterator[History]:
    history = History(settings, CollectorRegistry())
    history.start()
    try:
        yield history
    finally:
        history.stop()


async def test_what_comes_out_is_what_went_in(url: str, settings_of: SettingsOf) -> None:
    migrate(connect(url))
    records: list[dict[str, Any]] = [
        {"age": 71, "weight-kg": 80.1, "colour": None, "person": "p-1"},
        {"reason": AWKWARD, "age": "071", "weight-kg": 1e-7},
        {"reason": "\0", "age": 10**15},
        {},
    ]
    with running(settings_of(url)) as history:
        ids = note(history, records)
        history.audit("refused", "toy", version="2", detail=AWKWARD)
        found = [await history.find("toy", one) for one in ids]
    without_key = [{k: v for k, v in record.items() if k != "person"} for record in records]
    assert [one.inputs for one in found] == without_key
    assert [one.risk for one in found] == [1 / 3 + index * 1e-9 for index in range(4)]
    assert [one.probabilities[1] for one in found] == [one.risk for one in found]
    assert [one.patient for one in found] == ["p-1", None, None, None]
    assert {one.request_id for one in found} == {"r-1"}
    assert {one.time.utcoffset() for one in found} == {timedelta(0)}
    with connect(url).begin() as connection:
        audit = connection.exec_driver_sql("SELECT action, caller, detail FROM audit").all()
    assert audit == [("refused", "service", AWKWARD)]


async def test_a_segment_that_was_committed_but_not_deleted_is_not_doubled(
    url: str, settings_of: SettingsOf
) -> None:
    migrate(connect(url))
    settings = settings_of(url)
    dead = settings.spool_dir / "worker-dead"
    with running(settings) as history:
        ids = note(history, [{"age": age} for age in range(10)])
        (segment,) = settings.spool_dir.glob("worker-*/*.ndjson")
        lines = segment.read_bytes()
        await history.find("toy", ids[0])
    dead.mkdir()
    (dead / "1.ndjson").write_bytes(lines)
    (dead / "2.ndjson").write_bytes(lines + lines)
    with running(settings) as history:
        found = await history.page(Filters(problem="toy", limit=500))
    assert (found.total, found.pending) == (10, 0)
    assert [one.id for one in found.predictions] == ids[::-1]
    assert not dead.exists()


async def test_a_line_that_the_database_refuses_is_set_aside_and_holds_up_no_other(
    url: str, settings_of: SettingsOf
) -> None:
    migrate(connect(url))
    settings = settings_of(url)
    with running(settings) as history:
        note(history, [{"age": 1, "reason": "a-secret"}])
        (segment,) = settings.spool_dir.glob("worker-*/*.ndjson")
        good = segment.read_bytes()
    dead = settings.spool_dir / "worker-dead"
    dead.mkdir()
    other = good.replace(b'"id":"', b'"id":"f')
    # A sector that a power cut left empty, in the middle of a line.
    (dead / "1.ndjson").write_bytes(good[:50] + b"\0" * 20 + good[70:] + other)
    with capture_logs() as logs, running(settings) as history:
        found = await history.page(Filters(problem="toy"))
    assert found.total == 2
    (told,) = [entry for entry in logs if entry["event"] == "history_rows_refused"]
    assert told["rows"] == 1
    assert "a-secret" not in str(logs)
    kept = settings.spool_dir / "refused" / "1.ndjson"
    assert kept.read_bytes().count(b"\n") == 1
    assert str(kept) == told["kept"]


async def test_a_segment_that_cannot_be_read_is_put_aside_and_holds_up_no_other(
    settings_of: SettingsOf, tmp_path: Path
) -> None:
    settings = settings_of(f"sqlite:///{tmp_path / 'history.db'}")
    with running(settings) as history:
        note(history, [{"age": 1}])
        (segment,) = settings.spool_dir.glob("worker-*/*.ndjson")
        lines = segment.read_bytes().replace(b'"id":"', b'"id":"f')
    dead = settings.spool_dir / "worker-dead"
    # Reading a folder fails as reading a broken sector does.
    (dead / "1.ndjson").mkdir(parents=True)
    (dead / "2.ndjson").write_bytes(lines)
    (dead / "notes.txt").touch()
    (settings.spool_dir / "worker-of-nobody").touch()
    with capture_logs() as logs, running(settings) as history:
        found = await history.page(Filters(problem="toy"))
    assert (found.total, found.pending) == (2, 0)
    (told,) = [entry for entry in logs if entry["event"] == "history_segment_unreadable"]
    (aside,) = settings.spool_dir.glob("refused/*")
    assert told["kept"] == str(aside)


async def test_without_its_tables_the_history_waits_and_says_what_to_do(
    database_url: str, settings_of: SettingsOf
) -> None:
    settings = settings_of(database_url)
    with capture_logs() as logs, running(settings) as history:
        ids = note(history, [{"age": 1}])
        with pytest.raises(HistoryUnavailable, match=r"python -m api\.history migrate"):
            await history.find("toy", ids[0])
        migrate(connect(database_url))
        assert (await history.find("toy", ids[0])).inputs == {"age": 1}
    events = [entry["event"] for entry in logs]
    assert events.count("history_database_away") == 1
    assert events.count("history_database_back") == 1


async def test_a_spool_that_is_full_takes_more_once_the_database_is_back(
    database_url: str, settings_of: SettingsOf
) -> None:
    settings = settings_of(database_url).model_copy(update={"history_spool_max_bytes": 50_000})
    kept: list[str] = []
    with running(settings) as history:
        with pytest.raises(HistoryFull, match="VIGIA_HISTORY_SPOOL_MAX_BYTES"):
            kept.extend(one for _ in range(1000) for one in note(history, [{"age": 1}] * 10))
        assert len(kept) > 50
        migrate(connect(database_url))
        await history.find("toy", kept[-1])
        kept += note(history, [{"age": 2}])
        assert (await history.page(Filters(problem="toy"))).total == len(kept)


async def test_a_file_that_sqlite_cannot_use_is_told_as_away(
    tmp_path: Path, settings_of: SettingsOf
) -> None:
    (tmp_path / "history.db").write_bytes(b"no database" * 1000)
    with running(settings_of(f"sqlite:///{tmp_path / 'history.db'}")) as history:
        with pytest.raises(HistoryUnavailable, match="not a database"):
            await history.page(Filters(problem="toy"))
        note(history, [{"age": 1}])  # predictions go on


async def test_a_prediction_of_another_problem_is_not_found(
    url: str, settings_of: SettingsOf
) -> None:
    migrate(connect(url))
    with running(settings_of(url)) as history:
        (one,) = note(history, [{}])
        with pytest.raises(UnknownPrediction):
            await history.find("other", one)
        assert (await history.page(Filters(problem="other"))).total == 0


async def test_the_database_that_a_service_writes_to_is_closed_to_changes(
    service_url: str, settings_of: SettingsOf
) -> None:
    """The rights that the migration gives are all that writing and reading need."""
    with running(settings_of(service_url)) as history:
        (one,) = note(history, [{"age": 1}])
        assert (await history.find("toy", one)).id == one
    engine = connect(service_url)
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError):
        connection.exec_driver_sql("DELETE FROM prediction")
    engine.dispose()
