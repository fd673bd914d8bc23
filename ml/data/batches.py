"""Batches of a delivery: which are planned, which are loaded, and what came of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ml.data.delivery import Kind
from ml.data.raw_tables import raw_tables

if TYPE_CHECKING:
    from ml.data.delivery import Delivery
    from ml.problems.problem import Problem


class BatchPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that waits to be loaded; plain JSON, so tasks can pass it on.

    Args:
        batch_id: the same for the same rows of the same source.
        parquet: path of the delivery's cached rows.
        index: number of the batch in the delivery, from 0.
        first_row: its first data row in the source, from 1.
        last_row: its last one, included.
    """

    batch_id: str
    parquet: str
    index: int
    first_row: int
    last_row: int


class BatchResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a loaded batch.

    `rows_read` is the sum of the other three counts.
    """

    batch_id: str
    source: str
    source_digest: str
    kind: Kind
    first_row: int
    last_row: int
    rows_read: int
    rows_inserted: int
    rows_duplicate: int
    rows_rejected: int

    @property
    def delivery(self) -> str:
        """What the batches of one delivery, read by one contract, have in common."""
        return self.batch_id.rsplit("-", 2)[0]


def plan(engine: sa.Engine, problem: Problem, delivery: Delivery, dag_run: str) -> list[BatchPlan]:
    """Note the delivery's batches as planned and return those that are not loaded yet.

    Args:
        engine: the raw database, with the problem's tables.
        problem: whose delivery it is.
        delivery: what `fetch` returned.
        dag_run: who loads, for the record.
    """
    batches = raw_tables(problem).batches
    plans = batches_of(problem, delivery)
    known = {"source": delivery.source, "source_digest": delivery.digest, "kind": delivery.kind}
    again = {"status": "planned", "error": None, "planned_at": sa.func.now(), "dag_run": dag_run}
    rows = [
        {"batch_id": each.batch_id, "first_row": each.first_row, "last_row": each.last_row}
        | known
        | again
        for each in plans
    ]
    statement = (
        insert(batches)
        .values(rows)
        .on_conflict_do_update(
            index_elements=["batch_id"], set_=again, where=batches.c.status != "loaded"
        )
        .returning(batches.c.batch_id)
    )
    with engine.begin() as connection:
        waiting = set(connection.scalars(statement))
    return [each for each in plans if each.batch_id in waiting]


def batches_of(problem: Problem, delivery: Delivery) -> list[BatchPlan]:
    """Return every batch of a delivery, in its order.

    The row range is in the id, lest another batch size clash, and so is the contract: rows
    that it refused are read again once it was mended.
    """
    contract = msgspec.json.encode((problem.columns, problem.target), order="deterministic")
    read_by = f"{delivery.digest[:16]}-{hashlib.sha256(contract).hexdigest()[:8]}"
    starts = range(1, delivery.rows + 1, delivery.batch_rows)
    ends = [min(start + delivery.batch_rows - 1, delivery.rows) for start in starts]
    return [
        BatchPlan(
            batch_id=f"{read_by}-{first}-{last}",
            parquet=delivery.parquet,
            index=index,
            first_row=first,
            last_row=last,
        )
        for index, (first, last) in enumerate(zip(starts, ends, strict=True))
    ]


def result_columns(batches: sa.Table) -> list[sa.Column[object]]:
    """Return the columns of `batch_metadata` that make a `BatchResult`."""
    return [batches.c[name] for name in BatchResult.__struct_fields__]


def loaded_batches(engine: sa.Engine, problem: Problem) -> list[BatchResult]:
    """Return all loaded batches, in the order in which they were loaded."""
    batches = raw_tables(problem).batches
    query = (
        sa.select(*result_columns(batches))
        .where(batches.c.status == "loaded")
        .order_by(batches.c.finished_at, batches.c.batch_id)
    )
    with engine.connect() as connection:
        return [BatchResult(**row) for row in connection.execute(query).mappings()]
