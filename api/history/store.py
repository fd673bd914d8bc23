"""Writing the lines of the spool into the database, each row exactly once."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
import sqlalchemy as sa
from psycopg2 import extensions
from sqlalchemy.dialects import postgresql, sqlite

from api.history.database import POSTGRESQL, Refused, transaction
from api.history.migrate import migrate
from api.history.rows import Row
from api.history.tables import AUDIT, PREDICTION

# JSON holds no control characters, so a line with these for delimiter and quote is one field.
_COPY = "COPY incoming FROM STDIN (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01', ENCODING 'UTF8')"
_decode = msgspec.json.Decoder(Row).decode


class Store:
    """The history's database.

    Args:
        engine: for the service's role.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._guard = threading.Lock()
        self._ready = engine.dialect.name == POSTGRESQL  # there the owner migrates

    def prepare(self) -> None:
        """Make SQLite's tables, or bring them up to date; PostgreSQL's are their owner's work.

        Raises:
            HistoryUnavailable: the file cannot be used.
        """
        with self._guard:
            if not self._ready:
                migrate(self.engine)
                self._ready = True

    def write(self, lines: bytes, *, doubtful: bool = False) -> None:
        """Write whole lines of the spool in one transaction; what is there already stays.

        Args:
            lines: of the spool.
            doubtful: whether they have been refused together, so that each is looked at here.

        Raises:
            HistoryUnavailable: nothing was written; worth another try.
            Refused: nothing was written; some line will always be refused.
        """
        self.prepare()
        with transaction(self.engine) as connection:
            if connection.dialect.name == POSTGRESQL and not doubtful:
                _copy(connection, lines)
            else:
                _insert_lines(connection, lines)


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; those whose key is there already are left out."""
    dialect = postgresql if connection.dialect.name == POSTGRESQL else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)


def _insert_lines(connection: sa.Connection, lines: bytes) -> None:
    try:
        rows = [_decode(line) for line in lines.splitlines()]
    except msgspec.MsgspecError:
        raise Refused("a line of the spool is not a row of the history") from None
    for table in (PREDICTION, AUDIT):
        found = [
            {column.name: getattr(row, column.name) for column in table.columns}
            for row in rows
            if row.__struct_config__.tag == table.name
        ]
        if found:
            insert(connection, table, found)


def _copy(connection: sa.Connection, lines: bytes) -> None:
    """Let PostgreSQL take the lines apart: this process has predictions to make.

    The lines travel as data of a COPY, which the server's log does not repeat, as it does
    the text of a statement that fails.
    """
    connection.exec_driver_sql(
        "CREATE TEMPORARY TABLE IF NOT EXISTS incoming (line text) ON COMMIT DELETE ROWS"
    )
    raw = cast("extensions.connection", connection.connection.dbapi_connection)
    with raw.cursor() as cursor:
        cursor.copy_expert(_COPY, io.BytesIO(lines), size=2**18)
    for table in (PREDICTION, AUDIT):
        connection.exec_driver_sql(_from_incoming(table, connection.dialect))


def _from_incoming(table: sa.Table, dialect: sa.Dialect) -> str:
    names = ", ".join(column.name for column in table.columns)
    typed = ", ".join(f"{column.name} {column.type.compile(dialect)}" for column in table.columns)
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {names} "  # noqa: S608 # our own names
        f"FROM incoming, json_to_record(line::json) AS row({typed}) "
        f'WHERE starts_with(line, \'{{"table":"{table.name}"\') ON CONFLICT DO NOTHING'
    )
