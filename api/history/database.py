"""Connections to the history's database, PostgreSQL or SQLite, and what their errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import msgspec
import psycopg2
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.errors import HistoryUnavailable
from ml.data.database import told_of
from ml.errors import InvalidSettings

POSTGRESQL = "postgresql"
_ADVICE = (
    "set DATABASE_URL to an address like postgresql+psycopg2://user:password@host:5432/serving "
    "or sqlite:////folder/history.db"
)
# A server that went away without a word must be noticed in seconds, not after TCP's hours.
_POSTGRESQL = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "application_name": "vigia-history",
    "options": "-c timezone=UTC -c statement_timeout=30000",
}
# SQLAlchemy's own, and the drivers' where a COPY or the set-up of a connection goes past it.
_REFUSALS = (DataError, IntegrityError, psycopg2.DataError, psycopg2.IntegrityError)
_FAILURES = (DBAPIError, PoolTimeout, psycopg2.Error, sqlite3.Error)


class Refused(Exception):  # noqa: N818, RUF100 - says what happened; never leaves the history
    """The database refuses a row for what is in it."""


def connect(url: str) -> sa.Engine:
    """Return an engine; nothing is connected yet.

    Raises:
        InvalidSettings: the address is malformed, or neither PostgreSQL's nor SQLite's.
    """
    parsed = _checked(url)
    if parsed.drivername == "sqlite":
        engine = sa.create_engine(
            parsed, hide_parameters=True, connect_args={"timeout": 10}, json_serializer=_as_json
        )
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    return sa.create_engine(
        parsed, hide_parameters=True, pool_pre_ping=True, connect_args=_POSTGRESQL
    )


def _as_json(value: object) -> str:
    """Return a value's JSON: the standard library takes as long for it as the row's rest."""
    return msgspec.json.encode(value).decode()


@contextmanager
def transaction(engine: sa.Engine) -> Generator[sa.Connection]:
    """Open a transaction that is committed in the end.

    Raises:
        HistoryUnavailable: the database is away or not ready for us; worth another try.
        Refused: a row's content is refused; the same row will be refused again.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except _REFUSALS as error:
        raise Refused(told_of(error)) from None
    except _FAILURES as error:
        where = engine.url.render_as_string(hide_password=True)
        message = f"the history's database {where} cannot be used: {_reason(error)}"
        raise HistoryUnavailable(message) from None


def _reason(error: Exception) -> str:
    """Return what may be told: what failed without an SQLSTATE never saw a row."""
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "pgcode", None)
    if state in {"42P01", "42501", "3F000"}:  # no such table, no right to it, no such schema
        return f"{told_of(error)}; let its owner run `python -m api.history migrate`"
    if state or isinstance(error, PoolTimeout):
        return told_of(error)
    return " ".join(str(cause).split())


def _checked(url: str) -> sa.URL:
    """Return the address parsed; it is not repeated, for it may hold a password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        message = f"the address of the history's database cannot be read: {_ADVICE}"
        raise InvalidSettings(message) from None
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg2")
    if parsed.drivername not in {"postgresql+psycopg2", "sqlite"}:
        message = f"{parsed.drivername} cannot keep the history: {_ADVICE}"
        raise InvalidSettings(message)
    if parsed.drivername == "sqlite" and parsed.database in {None, "", ":memory:"}:
        message = f"a history in memory would be lost: {_ADVICE}"
        raise InvalidSettings(message)
    return parsed


def _set_up_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin_sqlite` alone
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # the spool is deleted after the commit
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that reads first and writes then could fail in mid-way otherwise.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
