"""Moving a history from one database to another, such as from SQLite to PostgreSQL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from api.history.database import transaction
from api.history.store import insert
from api.history.tables import METADATA
from ml.errors import DataError

BATCH_ROWS = 1000
Rows = Sequence[sa.RowMapping]


class Moved(NamedTuple):
    """What was moved of one table; the digest is the same on both sides."""

    table: str
    rows: int
    sha256: str


def move(
    source: sa.Engine, target: sa.Engine, report: Callable[[Moved], None]
) -> tuple[Moved, ...]:
    """Copy every row that the target does not have, and compare all of them.

    It may be interrupted and run again: a row is never doubled, and the source is only
    read. Both must have been migrated; stop the API, or run it again afterwards for what
    came in the meantime.

    Args:
        source: where the rows are.
        target: where they go.
        report: called after each table.

    Raises:
        HistoryUnavailable: a database is away, or has no tables yet.
        DataError: a row of the target differs from the source's.
    """
    moved = []
    for table in METADATA.sorted_tables:  # outcomes after the predictions that they are about
        moved.append(_move_table(source, target, table))
        report(moved[-1])
    return tuple(moved)


def _move_table(source: sa.Engine, target: sa.Engine, table: sa.Table) -> Moved:
    there, here = hashlib.sha256(), hashlib.sha256()
    count = 0
    for rows in _batches(source, table):
        with transaction(target) as connection:
            insert(connection, table, [dict(row) for row in rows])
            written = _same_keys(connection, table, rows)
        _add(there, rows)
        _add(here, written)
        if here.digest() != there.digest():
            raise DataError(_difference(table, rows, written))
        count += len(rows)
    return Moved(table.name, count, here.hexdigest())


def _batches(source: sa.Engine, table: sa.Table) -> Generator[Rows]:
    """Yield all rows in the order of their keys."""
    key = sa.tuple_(*table.primary_key)
    wanted = sa.select(table).order_by(*table.primary_key).limit(BATCH_ROWS)
    onward = wanted
    while True:
        with transaction(source) as connection:
            rows = connection.execute(onward).mappings().all()
        if not rows:
            return
        yield rows
        onward = wanted.where(key > _key(table, rows[-1]))


def _same_keys(connection: sa.Connection, table: sa.Table, rows: Rows) -> Rows:
    """Return the target's rows that have the keys of the source's, in their order."""
    key = sa.tuple_(*table.primary_key)
    wanted = (
        sa.select(table)
        .where(key.in_([_key(table, row) for row in rows]))
        .order_by(*table.primary_key)
    )
    return connection.execute(wanted).mappings().all()


def _key(table: sa.Table, row: sa.RowMapping) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


def _add(digest: Any, rows: Rows) -> None:
    digest.update(msgspec.json.encode([dict(row) for row in rows], order="deterministic"))


def _difference(table: sa.Table, rows: Rows, written: Rows) -> str:
    found = {_key(table, row): dict(row) for row in written}
    different = [key for row in rows if found.get(key := _key(table, row)) != dict(row)]
    return (
        f"{len(different)} rows of the target's table {table.name} are not what the source has, "
        f"the first with the key {different[0]}: the target holds another history; "
        f"move into an empty database"
    )
