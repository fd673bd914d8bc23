"""Merge a batch into the raw tables, set by set, inside PostgreSQL.

A row's hash is the SHA-256 of PostgreSQL's text form of the record of its contract
columns, in the contract's order and in UTF-8: fields parted by commas, a null as nothing,
an empty text as `""`, and every field that could be mistaken in quotes. Two rows share a
hash exactly if they are the same.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ml.data.database import copy_in, lock, quoted, schema_of
from ml.data.delivery import ROW_NUMBER
from ml.data.raw_tables import PART, contract_columns

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy.dialects.postgresql import Insert

    from ml.data.raw_tables import RawTables
    from ml.problems.problem import Problem


class Verdict(StrEnum):
    """A row is new, stored already, or claims a stored record key for other values."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


class Merged(NamedTuple):
    """How many rows were new, and the numbers of those that claim another row's key."""

    inserted: int
    conflicts: list[int]


def merge(
    connection: sa.Connection,
    tables: RawTables,
    problem: Problem,
    batch_id: str,
    accepted: pa.Table,
) -> Merged:
    """Insert the new ones of `accepted` into the table of their part.

    Args:
        connection: its transaction holds the problem's lock from here to its end.
        tables: the problem's tables.
        problem: whose rows they are.
        batch_id: the batch that brings them.
        accepted: `row_number`, `part` and the contract's columns.
    """
    staged, judged = _staging(problem), _verdicts()
    staged.create(connection)
    judged.create(connection)
    copy_in(connection, accepted, quoted(staged.name), staged.c.keys())
    # From here on one batch at a time: two with the same record key must see each other.
    lock(connection, schema_of(problem))
    judgement = _judgement(tables, problem, staged)
    connection.execute(sa.insert(judged).from_select(judged.c.keys(), judgement))
    inserted = sum(
        connection.execute(_insertion(table, part, batch_id, staged, judged)).rowcount
        for part, table in tables.parts.items()
    )
    conflicts = sa.select(judged.c[ROW_NUMBER]).where(judged.c.verdict == Verdict.CONFLICT)
    return Merged(inserted, list(connection.scalars(conflicts)))


def _insertion(
    table: sa.Table, part: str, batch_id: str, staged: sa.Table, judged: sa.Table
) -> Insert:
    values = {"batch_id": sa.literal(batch_id), "row_hash": judged.c.row_hash}
    contract = {name: column for name, column in staged.c.items() if name != PART}
    source = contract | values
    rows = (
        sa.select(*(source[column.name] for column in table.columns))
        .join_from(staged, judged, staged.c[ROW_NUMBER] == judged.c[ROW_NUMBER])
        .where(staged.c[PART] == part, judged.c.verdict == Verdict.NEW)
    )
    return (
        insert(table)
        .from_select(table.c.keys(), rows)
        .on_conflict_do_nothing(index_elements=["row_hash"])
    )


def _staging(problem: Problem) -> sa.Table:
    """Return the temporary table of a batch's accepted rows; it ends with the transaction."""
    return sa.Table(
        "staged_rows",
        sa.MetaData(),
        sa.Column(ROW_NUMBER, sa.BigInteger, nullable=False),
        sa.Column(PART, sa.Text, nullable=False),
        *contract_columns(problem),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


def _verdicts() -> sa.Table:
    """Return the temporary table of a verdict for each staged row."""
    return sa.Table(
        "staged_verdicts",
        sa.MetaData(),
        sa.Column(ROW_NUMBER, sa.BigInteger, nullable=False),
        sa.Column("row_hash", sa.LargeBinary, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


def _judgement(tables: RawTables, problem: Problem, staged: sa.Table) -> sa.Select[int, bytes, str]:
    """Return the query of a verdict for each staged row.

    The row that holds a record key is the stored one, or else the first one of the batch.
    """
    key = problem.record_key
    hashed = sa.select(staged.c[ROW_NUMBER], staged.c[key].label("key"), _hash(problem, staged))
    rows = hashed.cte("hashed")
    stored = sa.union_all(
        *(sa.select(part.c[key].label("key"), part.c.row_hash) for part in tables.parts.values())
    ).subquery("stored")
    first_hash, place = (
        function.over(partition_by=rows.c.key, order_by=rows.c[ROW_NUMBER])
        for function in (sa.func.first_value(rows.c.row_hash), sa.func.row_number())
    )
    holder = sa.func.coalesce(stored.c.row_hash, first_hash)
    verdict = sa.case(
        (rows.c.row_hash != holder, Verdict.CONFLICT),
        (sa.and_(stored.c.row_hash.is_(None), place == 1), Verdict.NEW),
        else_=Verdict.DUPLICATE,
    )
    return sa.select(rows.c[ROW_NUMBER], rows.c.row_hash, verdict).join_from(
        rows, stored, rows.c.key == stored.c.key, isouter=True
    )


def _hash(problem: Problem, staged: sa.Table) -> sa.Label[bytes]:
    record = sa.cast(sa.func.row(*(staged.c[name] for name in problem.names)), sa.Text)
    return sa.func.sha256(sa.func.convert_to(record, "UTF8")).label("row_hash")
