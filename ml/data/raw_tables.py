"""The raw store's tables, derived from a problem's contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from ml.data.contract import REASON, ROW_TEXT
from ml.data.database import schema_of
from ml.data.delivery import ROW_NUMBER
from ml.data.split import PARTS

if TYPE_CHECKING:
    from ml.problems.problem import Problem


PART = "part"
_STEPS = ("planned", "started", "finished")


class RawTables(NamedTuple):
    """The tables of one problem.

    Args:
        metadata: all of them, with the view `raw_data` over the parts.
        parts: `raw_train`, `raw_validation` and `raw_test` by their part.
        rejected: `raw_rejected`.
        batches: `batch_metadata`.
    """

    metadata: sa.MetaData
    parts: dict[str, sa.Table]
    rejected: sa.Table
    batches: sa.Table


def raw_tables(problem: Problem) -> RawTables:
    """Return the tables of `problem`, in its schema."""
    metadata = sa.MetaData(schema=schema_of(problem))
    tables = {part: _part(problem, part, metadata) for part in PARTS}
    named = [sa.select(table, sa.literal(part).label(PART)) for part, table in tables.items()]
    sa.CreateView(sa.union_all(*named), "raw_data", metadata=metadata, schema=metadata.schema)
    return RawTables(metadata, tables, _rejected(metadata), _batches(metadata))


def contract_columns(problem: Problem) -> list[sa.Column[str]]:
    """Return the contract's columns: texts as they came, compared byte by byte."""
    return [sa.Column(name, sa.Text(collation="C")) for name in problem.names]


def _part(problem: Problem, part: str, metadata: sa.MetaData) -> sa.Table:
    """Rows of one part. That the record key is unique is also what finds a row again."""
    return sa.Table(
        f"raw_{part}",
        metadata,
        sa.Column("batch_id", sa.Text, nullable=False),
        sa.Column(ROW_NUMBER, sa.BigInteger, nullable=False),
        sa.Column("row_hash", sa.LargeBinary, nullable=False, unique=True),
        *contract_columns(problem),
        sa.UniqueConstraint(problem.record_key),
    )


def _rejected(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "raw_rejected",
        metadata,
        sa.Column("batch_id", sa.Text, primary_key=True),
        sa.Column(ROW_NUMBER, sa.BigInteger, primary_key=True),
        sa.Column(ROW_TEXT, sa.Text, nullable=False),
        sa.Column(REASON, sa.Text, nullable=False),
    )


def _batches(metadata: sa.MetaData) -> sa.Table:
    counts = ("rows_read", "rows_inserted", "rows_duplicate", "rows_rejected")
    return sa.Table(
        "batch_metadata",
        metadata,
        sa.Column("batch_id", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("source_digest", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, sa.CheckConstraint("kind IN ('real', 'synthetic')")),
        sa.Column("first_row", sa.BigInteger, nullable=False),
        sa.Column("last_row", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.BigInteger) for name in counts),
        sa.Column(
            "status", sa.Text, sa.CheckConstraint("status IN ('planned', 'loaded', 'failed')")
        ),
        sa.Column("error", sa.Text),
        *(sa.Column(f"{step}_at", TIMESTAMP(timezone=True)) for step in _STEPS),
        sa.Column("dag_run", sa.Text, nullable=False),
        sa.Column("split_salt", sa.Text),
        sa.CheckConstraint(
            "status <> 'loaded' OR rows_read = rows_inserted + rows_duplicate + rows_rejected",
            name="counts_add_up",
        ),
    )
