from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from ml.data import raw_rows, raw_store
from ml.data.raw_store import BatchPlan, BatchResult
from ml.data.source import fetch
from ml.data.split import PARTS, parts
from ml.errors import DatabaseUnavailable, DataError, SourceUnavailable
from ml.settings import Settings
from tests.toy import problem

HEADER = ",".join(problem.names)


def line(visit: object, person: object = "p1", **changes: str) -> str:
    row = dict(zip(problem.names, ("v", "p", "60", "70.5", "3", "red", "401", "no"), strict=True))
    return ",".join((row | {"visit": f"{visit}", "person": f"{person}"} | changes).values())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state", batch_rows=4, synthetic_rows=50)


@pytest.fixture
def ingest(
    engine: sa.Engine, settings: Settings, tmp_path: Path
) -> Callable[..., list[BatchResult]]:
    def write_and_ingest(*lines: str) -> list[BatchResult]:
        path = tmp_path / "source.csv"
        path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
        return raw_store.ingest(engine, problem, str(path), settings, "run")

    return write_and_ingest


def query(engine: sa.Engine, statement: str) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.text(statement)).mappings()]


def stored(engine: sa.Engine) -> list[dict[str, Any]]:
    return query(engine, "SELECT * FROM toy.raw_data ORDER BY visit")


def counts(results: list[BatchResult]) -> tuple[int, int, int, int]:
    names = ("rows_read", "rows_inserted", "rows_duplicate", "rows_rejected")
    read, inserted, duplicate, rejected = (
        sum(getattr(result, name) for result in results) for name in names
    )
    assert read == inserted + duplicate + rejected
    return read, inserted, duplicate, rejected


def test_rows_are_stored_as_they_came_in_their_part(
    engine: sa.Engine, settings: Settings, ingest: Callable[..., list[BatchResult]]
) -> None:
    lines = [line(number, f"p{number % 30}") for number in range(100)]
    lines[7] = line(7, "p7", **{"weight-kg": "", "colour": "None", "days": "?"})
    results = ingest(*lines)
    assert counts(results) == (100, 100, 0, 0)
    rows = stored(engine)
    people = [row["person"] for row in rows]
    assert [row["part"] for row in rows] == parts(people, settings.split_salt).to_pylist()
    seventh = next(row for row in rows if row["visit"] == "7")
    assert (seventh["weight-kg"], seventh["colour"], seventh["days"]) == (None, "None", None)
    assert (seventh["row_number"], seventh["batch_id"]) == (8, results[1].batch_id)
    sizes = raw_store.stored_rows(engine, problem)
    assert sizes["total"] == 100 == sum(sizes[part] for part in PARTS)


def test_the_hash_is_the_documented_one(
    engine: sa.Engine, ingest: Callable[..., list[BatchResult]]
) -> None:
    ingest(line("a b", colour="", days="?"))
    record = '("a b",p1,60,70.5,,,401,no)'
    expected = query(engine, f"SELECT sha256('{record}'::bytea) AS digest")[0]["digest"]
    assert bytes(stored(engine)[0]["row_hash"]) == bytes(expected)


def test_again_and_appended(engine: sa.Engine, ingest: Callable[..., list[BatchResult]]) -> None:
    lines = [line(number, number) for number in range(10)]
    assert counts(ingest(*lines)) == (10, 10, 0, 0)
    before = stored(engine)
    assert ingest(*lines) == []
    assert counts(ingest(*lines, line("new"))) == (11, 1, 10, 0)
    assert [row for row in stored(engine) if row["visit"] != "new"] == before
    assert len(raw_store.loaded_batches(engine, problem)) == 6


def test_another_batch_size_doubles_nothing(
    engine: sa.Engine,
    settings: Settings,
    ingest: Callable[..., list[BatchResult]],
    tmp_path: Path,
) -> None:
    ingest(*(line(number) for number in range(10)))
    larger = settings.model_copy(update={"batch_rows": 5})
    again = raw_store.ingest(engine, problem, str(tmp_path / "source.csv"), larger, "run")
    assert counts(again) == (10, 0, 10, 0)


def test_another_salt_is_refused_and_moves_nobody(
    engine: sa.Engine, settings: Settings, ingest: Callable[..., list[BatchResult]]
) -> None:
    ingest(*(line(number, number) for number in range(10)))
    before = stored(engine)
    changed = settings.model_copy(update={"split_salt": "another"})
    with pytest.raises(DataError, match="VIGIA_SPLIT_SALT"):
        raw_store.ingest(engine, problem, "synthetic", changed, "run")
    assert stored(engine) == before


def test_a_mended_contract_reads_refused_rows_again(
    engine: sa.Engine, ingest: Callable[..., list[BatchResult]], tmp_path: Path, settings: Settings
) -> None:
    assert counts(ingest(line("a", days="3"), line("b", days="9999"))) == (2, 1, 0, 1)
    mended = msgspec.structs.replace(
        problem,
        columns=tuple(
            msgspec.structs.replace(column, maximum=10_000) if column.name == "days" else column
            for column in problem.columns
        ),
    )
    source = str(tmp_path / "source.csv")
    assert counts(raw_store.ingest(engine, mended, source, settings, "run")) == (2, 1, 1, 0)


def test_only_the_latest_delivery_is_judged(
    engine: sa.Engine, ingest: Callable[..., list[BatchResult]]
) -> None:
    ingest(*(line(number, number, days="9999") for number in range(40)))
    ingest(*(line(number, number) for number in range(40)))
    read = raw_rows.read(engine, problem)
    assert (read.rows_read, read.rows_rejected) == (40, 0)


def test_duplicates_and_conflicts_within_a_batch_and_across(
    engine: sa.Engine, ingest: Callable[..., list[BatchResult]]
) -> None:
    first, other, person = line("a"), line("a", days="9"), line("a", "p2")
    assert counts(ingest(first, other, first, person, line("b"), first, other)) == (7, 2, 2, 3)
    rejected = query(engine, "SELECT * FROM toy.raw_rejected ORDER BY row_number")
    assert [row["row_number"] for row in rejected] == [2, 4, 7]
    assert all(row["reason"].endswith("(record_key)") for row in rejected)
    assert json.loads(rejected[0]["row_text"])["days"] == "9"
    assert [(row["visit"], row["days"]) for row in stored(engine)] == [("a", "3"), ("b", "3")]


def test_a_null_is_not_an_empty_text_and_commas_do_not_shift(
    engine: sa.Engine, ingest: Callable[..., list[BatchResult]]
) -> None:
    assert counts(ingest(line("a", '"x,y"'), line('"a,x"', "y"), line("b"))) == (3, 3, 0, 0)


def test_broken_rows_are_kept_with_their_reason(
    engine: sa.Engine, ingest: Callable[..., list[BatchResult]]
) -> None:
    lines = [line("a"), line("b", age="999"), "too,few", line("", age=""), line("c\0"), "x,\0"]
    assert counts(ingest(*lines)) == (6, 1, 0, 5)
    rejected = query(engine, "SELECT * FROM toy.raw_rejected ORDER BY row_number")
    reasons = {row["row_number"]: row["reason"] for row in rejected}
    assert reasons[2] == "age: must lie between 0 and 120 (maximum)"
    assert reasons[3].endswith("(fields)")
    assert reasons[4].split("; ")[0] == "visit: must not be missing (required)"
    assert reasons[5].endswith("(characters)")
    assert [row["row_text"] for row in rejected][1::3] == ["too,few", "x,\\0"]


def test_synthetic_rows_are_told_apart_by_their_batch(
    engine: sa.Engine, settings: Settings, ingest: Callable[..., list[BatchResult]]
) -> None:
    ingest(line("real"))
    made = raw_store.ingest(engine, problem, "synthetic", settings, "run")
    assert counts(made) == (50, 50, 0, 0)
    kinds = query(
        engine,
        "SELECT kind, count(*) AS rows FROM toy.raw_data JOIN toy.batch_metadata USING (batch_id) "
        "GROUP BY kind ORDER BY kind",
    )
    assert kinds == [{"kind": "real", "rows": 1}, {"kind": "synthetic", "rows": 50}]


def test_metadata_of_a_batch(engine: sa.Engine, ingest: Callable[..., list[BatchResult]]) -> None:
    result = ingest(*(line(number) for number in range(6)))[1]
    row = query(engine, "SELECT * FROM toy.batch_metadata WHERE first_row = 5")[0]
    assert row["planned_at"] <= row["started_at"] <= row["finished_at"]
    assert (row["status"], row["error"], row["dag_run"]) == ("loaded", None, "run")
    assert BatchResult(**{name: row[name] for name in BatchResult.__struct_fields__}) == result
    assert (result.first_row, result.last_row, result.kind) == (5, 6, "real")


def test_tables_are_made_once_by_many_at_a_time(engine: sa.Engine) -> None:
    barrier = threading.Barrier(4)

    def create() -> None:
        barrier.wait()
        raw_store.create(engine, problem)

    with ThreadPoolExecutor(4) as pool:
        for made in [pool.submit(create) for _ in range(4)]:
            made.result()
    assert raw_store.stored_rows(engine, problem)["total"] == 0


@pytest.fixture
def plans(engine: sa.Engine, settings: Settings, tmp_path: Path) -> list[BatchPlan]:
    path = tmp_path / "planned.csv"
    path.write_text("\n".join([HEADER, *(line(n, n) for n in range(10))]), encoding="utf-8")
    raw_store.create(engine, problem)
    delivery = fetch(problem, str(path), settings)
    planned = raw_store.plan(engine, problem, delivery, "run")
    assert planned == raw_store.plan(engine, problem, delivery, "again")
    return planned


def test_two_loads_of_one_batch_at_a_time(
    engine: sa.Engine, settings: Settings, plans: list[BatchPlan]
) -> None:
    barrier = threading.Barrier(2)

    def load() -> BatchResult:
        barrier.wait()
        return raw_store.load(engine, problem, plans[0], settings, "run")

    with ThreadPoolExecutor(2) as pool:
        one, other = [made.result() for made in [pool.submit(load) for _ in range(2)]]
    assert one == other
    assert (one.rows_inserted, raw_store.stored_rows(engine, problem)["total"]) == (4, 4)


def test_many_batches_with_the_same_keys_at_a_time(
    engine: sa.Engine, settings: Settings, tmp_path: Path
) -> None:
    lines = [line(n % 7, f"p{n % 3}", days=str(n % 5 + 1)) for n in range(200)]
    path = tmp_path / "same.csv"
    path.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    raw_store.create(engine, problem)
    planned = raw_store.plan(engine, problem, fetch(problem, str(path), settings), "run")
    with ThreadPoolExecutor(8) as pool:
        results = list(
            pool.map(lambda each: raw_store.load(engine, problem, each, settings, "run"), planned)
        )
    assert counts(results)[:2] == (200, 7)
    assert [row["visit"] for row in stored(engine)] == list("0123456")


def test_a_failure_leaves_a_note_and_no_row(
    engine: sa.Engine, settings: Settings, plans: list[BatchPlan]
) -> None:
    with engine.begin() as connection:
        connection.execute(
            sa.text("ALTER TABLE toy.raw_train ADD CONSTRAINT none CHECK (visit = 'x')")
        )
    with pytest.raises(DatabaseUnavailable, match="SQLSTATE 23514") as caught:
        raw_store.load(engine, problem, plans[0], settings, "run")
    noted = query(engine, "SELECT * FROM toy.batch_metadata WHERE status = 'failed'")[0]
    assert noted["error"] == str(caught.value)
    assert "70.5" not in noted["error"]
    assert caught.value.__suppress_context__
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE toy.raw_train DROP CONSTRAINT none"))
    for each in plans:
        raw_store.load(engine, problem, each, settings, "run")
    assert raw_store.stored_rows(engine, problem)["total"] == 10
    assert query(engine, "SELECT DISTINCT status, error FROM toy.batch_metadata") == [
        {"status": "loaded", "error": None}
    ]


def test_a_cleared_cache_fails_the_batch(
    engine: sa.Engine, settings: Settings, plans: list[BatchPlan]
) -> None:
    Path(plans[0].parquet).unlink()
    with pytest.raises(SourceUnavailable):
        raw_store.load(engine, problem, plans[0], settings, "run")
    noted = query(engine, "SELECT error FROM toy.batch_metadata WHERE status = 'failed'")
    assert "fetch the source again" in noted[0]["error"]


def test_a_batch_that_nobody_planned_is_refused(
    engine: sa.Engine, settings: Settings, plans: list[BatchPlan]
) -> None:
    unknown = msgspec.structs.replace(plans[0], batch_id="unknown")
    with pytest.raises(DataError, match="plan it first"):
        raw_store.load(engine, problem, unknown, settings, "run")


def test_a_plan_passes_through_json(plans: list[BatchPlan]) -> None:
    assert msgspec.json.decode(msgspec.json.encode(plans), type=list[BatchPlan]) == plans
