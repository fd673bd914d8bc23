"""Merge a batch into the raw tables, set by set, inside PostgreSQL.

A row's hash is the SHA-256 of PostgreSQL's text form of the record of its contract
columns, in the contract's order and in UTF-8: fields parted by commas, a null as nothing,
an empty text as `""`, and every field that could be mistaken in quotes. Two rows share a
hash exactly if they are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import sqlalchemy as sa

from ml.data.database import column_list, copy_in, lock, quoted, schema_of
from ml.data.delivery import ROW_NUMBER
from ml.data.raw_tables import PART, contract_columns

if TYPE_CHECKING:
    import pyarrow as pa

    from ml.data.raw_tables import RawTables
    from ml.problems.problem import Problem


Query: TypeAlias = sa.Select[*tuple[Any, ...]]

# A row is new, stored already, or claims the record key of a row with other values.
_NEW, _DUPLICATE, _CONFLICT = "new", "duplicate", "conflict"


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
    staged = _stage(connection, problem, accepted)
    hashed = _keep(connection, "hashed_rows", _hashes(problem, staged))
    # Only now one batch at a time: two with the same record key must see each other.
    lock(connection, schema_of(problem))
    judged = _keep(connection, "judged_rows", _judgement(tables, problem, hashed))
    inserted = 0
    for part, table in tables.parts.items():
        mine = (judged.c[PART] == part) & (judged.c.verdict == _NEW)
        rows = _rows(table, batch_id, staged, judged).where(mine)
        # No ON CONFLICT: it costs a third more, and under the lock there can be none.
        inserted += connection.execute(sa.insert(table).from_select(table.c.keys(), rows)).rowcount
    conflicts = sa.select(judged.c[ROW_NUMBER]).where(judged.c.verdict == _CONFLICT)
    return Merged(inserted, list(connection.scalars(conflicts)))


def _stage(connection: sa.Connection, problem: Problem, accepted: pa.Table) -> sa.Table:
    """Copy the rows into a temporary table."""
    own = (sa.Column(ROW_NUMBER, sa.BigInteger), sa.Column(PART, sa.Text))
    staged = _temporary(connection, "staged_rows", *own, *contract_columns(problem))
    copy_in(connection, accepted, quoted(staged.name), staged.c.keys())
    _analyze(connection, staged, ROW_NUMBER)
    return staged


def _keep(connection: sa.Connection, name: str, query: Query) -> sa.Table:
    """Keep a query's rows, `row_number` and `part` among them, in a temporary table."""
    columns = [sa.Column(column.name, column.type) for column in query.selected_columns]
    table = _temporary(connection, name, *columns)
    connection.execute(sa.insert(table).from_select(table.c.keys(), query))
    _analyze(connection, table, ROW_NUMBER, PART)
    return table


def _temporary(connection: sa.Connection, name: str, *columns: sa.Column[Any]) -> sa.Table:
    """Create a table that ends with the transaction."""
    options: dict[str, Any] = {"prefixes": ["TEMPORARY"], "postgresql_on_commit": "DROP"}
    table = sa.Table(name, sa.MetaData(), *columns, **options)
    table.create(connection)
    return table


def _analyze(connection: sa.Connection, table: sa.Table, *columns: str) -> None:
    """Tell the planner of a table that it cannot know yet, or it joins row by row."""
    connection.exec_driver_sql(f"ANALYZE {quoted(table.name)} ({column_list(columns)})")


def _hashes(problem: Problem, staged: sa.Table) -> Query:
    record = sa.cast(sa.func.row(*(staged.c[name] for name in problem.names)), sa.Text)
    row_hash = sa.func.sha256(sa.func.convert_to(record, "UTF8"), type_=sa.LargeBinary)
    key = staged.c[problem.record_key].label("key")
    return sa.select(staged.c[ROW_NUMBER], staged.c[PART], key, row_hash.label("row_hash"))


def _judgement(tables: RawTables, problem: Problem, hashed: sa.Table) -> Query:
    """Return the query of a verdict for each row.

    The row that holds a record key is the stored one, or else the first one of the batch.
    """
    source: sa.FromClause = hashed
    for part in tables.parts.values():
        source = source.outerjoin(part, part.c[problem.record_key] == hashed.c.key)
    stored = sa.func.coalesce(*(part.c.row_hash for part in tables.parts.values()))
    first_hash, place = (
        function.over(partition_by=hashed.c.key, order_by=hashed.c[ROW_NUMBER])
        for function in (sa.func.first_value(hashed.c.row_hash), sa.func.row_number())
    )
    verdict = sa.case(
        (hashed.c.row_hash != sa.func.coalesce(stored, first_hash), _CONFLICT),
        (sa.and_(stored.is_(None), place == 1), _NEW),
        else_=_DUPLICATE,
    )
    columns = (hashed.c[ROW_NUMBER], hashed.c[PART], hashed.c.row_hash)
    return sa.select(*columns, verdict.label("verdict")).select_from(source)


def _rows(table: sa.Table, batch_id: str, staged: sa.Table, judged: sa.Table) -> Query:
    """Return the query of a part's columns for the staged rows."""
    source = dict(staged.c.items()) | {
        "batch_id": sa.literal(batch_id),
        "row_hash": judged.c.row_hash,
    }
    return sa.select(*(source[column.name] for column in table.columns)).join_from(
        staged, judged, staged.c[ROW_NUMBER] == judged.c[ROW_NUMBER]
    )
