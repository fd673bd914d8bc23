"""PostgreSQL for the raw and the clean store: connections, names, and bulk COPY.

Tables travel as CSV because both ends read and write it in C: an unquoted empty field is
NULL, a quoted one is the empty text, and floats are written in the shortest form that
reads back to the same bits.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

import psycopg2
import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from ml.data.csv_writer import write_csv
from ml.errors import DatabaseUnavailable, InvalidSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg2 import extensions

    from ml.problems.problem import Problem

_FORMAT = "FORMAT csv, ENCODING 'UTF8'"
# By type OID, from PostgreSQL's own pg_type; every other type is read as text.
_ARROW_TYPES: dict[int, pa.DataType] = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    700: pa.float32(),
    701: pa.float64(),
}


def connect(url: str) -> sa.Engine:
    """Return an engine for the PostgreSQL database at `url`, after one trial connection.

    Raises:
        InvalidSettings: `url` is empty, malformed, or not PostgreSQL's.
        DatabaseUnavailable: the database does not answer or refuses the login.
    """
    engine = sa.create_engine(_checked(url), pool_pre_ping=True, hide_parameters=True)
    try:
        engine.connect().close()
    except OperationalError as error:
        where = engine.url.render_as_string(hide_password=True)
        message = (
            f"the database {where} cannot be used: {str(error.orig).strip()}; "
            f"check that it runs and that the address and login in the settings are right"
        )
        raise DatabaseUnavailable(message) from None
    return engine


def _checked(url: str) -> sa.URL:
    """Return `url` parsed, or raise `InvalidSettings` without repeating it."""
    advice = (
        "set VIGIA_RAW_DATABASE_URL, VIGIA_CLEAN_DATABASE_URL or VIGIA_SERVING_DATABASE_URL to "
        "an address like "
        "postgresql+psycopg2://user:password@host:5432/name"
    )
    if not url:
        message = f"no database address is set: {advice}"
        raise InvalidSettings(message)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        message = f"the database address cannot be read: {advice}"
        raise InvalidSettings(message) from None
    if parsed.drivername not in {"postgresql", "postgresql+psycopg2"}:
        message = f"{parsed.drivername} is not PostgreSQL through psycopg2: {advice}"
        raise InvalidSettings(message)
    return parsed.set(drivername="postgresql+psycopg2")


def lock(connection: sa.Connection, name: str) -> None:
    """Wait for the lock of that name and hold it until the transaction ends."""
    key = sa.func.hashtextextended(f"vigia:{name}", 0)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def told_of(error: BaseException) -> str:
    """Return what may be told of a database's error: never its detail, which may hold a row.

    The messages of SQLSTATE class 22 (data exception) repeat values too and are left out.
    """
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "pgcode", None) or "none"
    primary = cause.diag.message_primary if isinstance(cause, psycopg2.Error) else None
    told = f"{type(cause).__name__} (SQLSTATE {state})"
    return f"{told}: {primary}" if primary and not state.startswith("22") else told


def schema_of(problem: Problem) -> str:
    """Return the name of the schema that holds a problem's tables in every database."""
    return problem.name


def quoted(*names: str) -> str:
    """Return the identifiers quoted for SQL and joined by dots: `"toy"."raw_train"`."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def column_list(names: Sequence[str]) -> str:
    """Return column names quoted and joined by commas."""
    return ", ".join(quoted(name) for name in names)


def copy_in(
    connection: sa.Connection, table: pa.Table, qualified_table: str, columns: Sequence[str]
) -> None:
    """Append `table`'s columns to a table of the database, in the connection's transaction.

    Args:
        connection: an open connection; nothing is committed here.
        table: the rows; must hold every one of `columns`.
        qualified_table: the target, already quoted by `quoted`.
        columns: names in both tables.
    """
    sink = pa.BufferOutputStream()
    write_csv(table.select(list(columns)), sink, header=False)
    statement = f"COPY {qualified_table} ({column_list(columns)}) FROM STDIN WITH ({_FORMAT})"
    with _cursor(connection) as cursor:
        cursor.copy_expert(statement, pa.BufferReader(sink.getvalue()))


def copy_out(connection: sa.Connection, query: str) -> pa.Table:
    """Return the rows of `query`, read in the connection's transaction.

    Booleans, whole numbers and floats keep their type; every other type comes as text.
    `query` is SQL of our own, its names quoted by `quoted`; never a user's text.
    """
    sink = io.BytesIO()
    with _cursor(connection) as cursor:
        types = _types_of(cursor, query)
        cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH ({_FORMAT}, FORCE_QUOTE *)", sink)
    if not sink.tell():
        return pa.schema(list(types.items())).empty_table()
    sink.seek(0)
    return csv.read_csv(
        sink,
        read_options=csv.ReadOptions(column_names=list(types)),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )


def _cursor(connection: sa.Connection) -> extensions.cursor:
    """Return psycopg2's own cursor: SQLAlchemy knows no COPY."""
    if not connection.in_transaction():
        connection.begin()  # or a later rollback would not know of what goes past SQLAlchemy
    raw = cast("extensions.connection", connection.connection.dbapi_connection)
    return raw.cursor()


def _types_of(cursor: extensions.cursor, query: str) -> dict[str, pa.DataType]:
    cursor.execute(f"SELECT * FROM ({query}) AS rows LIMIT 0")  # noqa: S608 # our own SQL
    description = cursor.description or ()
    return {column.name: _ARROW_TYPES.get(column.type_code, pa.string()) for column in description}
