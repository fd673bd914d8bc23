"""Reading of the raw store for a clean build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ml.data.database import column_list, copy_out, quoted, schema_of
from ml.data.raw_store import loaded_batches
from ml.data.split import PARTS
from ml.errors import NotEnoughData
from ml.problems.contract import Identifier

if TYPE_CHECKING:
    import sqlalchemy as sa

    from ml.problems.problem import Problem


class RawRows(NamedTuple):
    """All raw rows of one kind, and where they came from.

    Args:
        kind: real or synthetic.
        parts: text columns, `row_hash` and `batch_id`, by part, ordered by the hash.
        batch_ids: the batches, in an order that does not depend on when they ended.
        source: where the latest of them came from.
        source_digests: SHA-256 of the delivered files.
        rows_read: rows that the batches of the latest delivery read.
        rows_rejected: rows that they rejected.
    """

    kind: Literal["real", "synthetic"]
    parts: dict[str, pa.Table]
    batch_ids: tuple[str, ...]
    source: str
    source_digests: tuple[str, ...]
    rows_read: int
    rows_rejected: int

    @property
    def rows(self) -> int:
        """How many rows are stored."""
        return sum(table.num_rows for table in self.parts.values())


def read(engine: sa.Engine, problem: Problem) -> RawRows:
    """Read all rows of the real batches, or of the synthetic ones while there is no real one.

    The two kinds never mix: a model that learned from both would be neither.

    Raises:
        NotEnoughData: no batch has been loaded.
    """
    batches = loaded_batches(engine, problem)
    if not batches:
        raise NotEnoughData(
            f"{problem.name}: no raw batch has been loaded; run the DAG ingest_{problem.name}"
        )
    kind: Literal["real", "synthetic"] = (
        "real" if any(batch.kind == "real" for batch in batches) else "synthetic"
    )
    chosen = [batch for batch in batches if batch.kind == kind]
    # What an earlier delivery got rejected may have come right since.
    latest = [batch for batch in chosen if batch.delivery == chosen[-1].delivery]
    return RawRows(
        kind=kind,
        parts={part: _part(engine, problem, part, kind) for part in PARTS},
        batch_ids=tuple(
            batch.batch_id
            for batch in sorted(chosen, key=lambda each: (each.delivery, each.first_row))
        ),
        source=chosen[-1].source,
        source_digests=tuple(sorted({batch.source_digest for batch in chosen})),
        rows_read=sum(batch.rows_read for batch in latest),
        rows_rejected=sum(batch.rows_rejected for batch in latest),
    )


def _part(engine: sa.Engine, problem: Problem, part: str, kind: str) -> pa.Table:
    schema = schema_of(problem)
    query = (
        f"SELECT encode(row_hash, 'hex') AS row_hash, batch_id, {column_list(problem.names)} "  # noqa: S608 # quoted names, and a kind that is one of two words
        f"FROM {quoted(schema, f'raw_{part}')} JOIN {quoted(schema, 'batch_metadata')} "
        f"USING (batch_id) WHERE kind = '{kind}' ORDER BY row_hash"
    )
    with engine.begin() as connection:
        return trimmed(problem, copy_out(connection, query))


def trimmed(problem: Problem, rows: pa.Table) -> pa.Table:
    """Return the rows without the blanks around values, which a column's `read` passes over."""
    values = {column.name for column in problem.columns if not isinstance(column, Identifier)}
    return pa.table(
        {
            name: pc.utf8_trim_whitespace(rows[name]) if name in values else rows[name]
            for name in rows.column_names
        }
    )
