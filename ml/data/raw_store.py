"""The raw store: every accepted row exactly once, every rejected one with its reason."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ml.data.batches import BatchPlan, BatchResult, loaded_batches, plan
from ml.data.database import lock, schema_of
from ml.data.load import load
from ml.data.raw_tables import raw_tables
from ml.data.source import fetch

if TYPE_CHECKING:
    from ml.problems.problem import Problem
    from ml.settings import Settings

__all__ = [
    "BatchPlan",
    "BatchResult",
    "create",
    "ingest",
    "load",
    "loaded_batches",
    "plan",
    "stored_rows",
]


def create(engine: sa.Engine, problem: Problem) -> None:
    """Create the problem's schema, tables and view where they are not there yet."""
    with engine.begin() as connection:
        lock(connection, schema_of(problem))
        connection.execute(sa.schema.CreateSchema(schema_of(problem), if_not_exists=True))
        raw_tables(problem).metadata.create_all(connection)


def stored_rows(engine: sa.Engine, problem: Problem) -> dict[str, int]:
    """Return the number of stored rows by part, and their `total`."""
    tables = raw_tables(problem).parts
    with engine.connect() as connection:
        rows = {part: connection.scalar(_count(table)) or 0 for part, table in tables.items()}
    return rows | {"total": sum(rows.values())}


def _count(table: sa.Table) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(table)


def ingest(
    engine: sa.Engine, problem: Problem, location: str, settings: Settings, dag_run: str
) -> list[BatchResult]:
    """Fetch a source and load all that is new of it; see `fetch` and `load`."""
    delivery = fetch(problem, location, settings)
    create(engine, problem)
    plans = plan(engine, problem, delivery, dag_run)
    # One batch is prepared here while PostgreSQL writes another.
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda each: load(engine, problem, each, settings, dag_run), plans))
