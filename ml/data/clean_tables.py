"""Clean rows in PostgreSQL.

A build replaces the three tables and adds its transformation in one transaction, so that a
reader sees one build whole or the one before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import sqlalchemy as sa

from ml.data.clean_rows import (
    BATCH,
    GROUP_KEY,
    OUTCOME,
    ROW_HASH,
    CleanBuild,
    CleanRows,
    Transformation,
    not_built,
    of_table,
)
from ml.data.database import column_list, copy_in, copy_out, quoted, schema_of
from ml.data.split import PARTS

if TYPE_CHECKING:
    from ml.problems.problem import Problem

_RECORDS = "test_records"
_KINDS = {pa.string(): "text", pa.int16(): "smallint", pa.float64(): "double precision"}


def replace(engine: sa.Engine, problem: Problem, build: CleanBuild, dag_run: str = "") -> None:
    """Make a build the problem's clean rows, all or nothing."""
    schema = schema_of(problem)
    with engine.begin() as connection:
        connection.execute(
            sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"clean {schema}"}
        )
        connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}"))
        for part in PARTS:
            _replace_table(connection, quoted(schema, f"clean_{part}"), build.tables[part])
        _replace_table(connection, quoted(schema, _RECORDS), build.records)
        _record(connection, schema, build.transformation, dag_run)


def _replace_table(connection: sa.Connection, target: str, table: pa.Table) -> None:
    columns = ", ".join(
        f"{quoted(field.name)} {_KINDS[field.type]}"
        + (" PRIMARY KEY" if field.name == ROW_HASH else "")
        for field in table.schema
    )
    connection.execute(sa.text(f"DROP TABLE IF EXISTS {target}"))
    connection.execute(sa.text(f"CREATE TABLE {target} ({_escaped(columns)})"))
    copy_in(connection, table, target, table.column_names)


def _escaped(sql: str) -> str:
    """Keep SQLAlchemy from reading a colon in a name as a parameter."""
    return sql.replace(":", r"\:")


def _record(
    connection: sa.Connection, schema: str, transformation: Transformation, dag_run: str
) -> None:
    target = quoted(schema, "transformation")
    connection.execute(
        sa.text(
            f"CREATE TABLE IF NOT EXISTS {target} ("
            "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
            "built_at timestamptz NOT NULL DEFAULT now(), dag_run text NOT NULL, "
            "feature_map_digest text NOT NULL, data_hash text NOT NULL, content jsonb NOT NULL)"
        )
    )
    connection.execute(
        sa.text(
            f"INSERT INTO {target} (dag_run, feature_map_digest, data_hash, content) "  # noqa: S608 # a quoted name of our own
            "VALUES (:dag_run, :feature_map, :data_hash, CAST(:content AS jsonb))"
        ),
        {
            "dag_run": dag_run,
            "feature_map": transformation.feature_map_digest,
            "data_hash": transformation.data_hash,
            "content": msgspec.json.encode(transformation).decode(),
        },
    )


def last(engine: sa.Engine, problem: Problem) -> Transformation | None:
    """Return the transformation of the rows that stand there, `None` where there is none."""
    target = quoted(schema_of(problem), "transformation")
    with engine.connect() as connection:
        if connection.scalar(sa.text("SELECT to_regclass(:name)"), {"name": target}) is None:
            return None
        content = connection.scalar(
            sa.text(f"SELECT content::text FROM {target} ORDER BY id DESC LIMIT 1")  # noqa: S608 # a quoted name of our own
        )
    # PostgreSQL's jsonb keeps keys in an order of its own; a bundle keeps the order it is told.
    found = msgspec.json.decode(str(content), type=Transformation)
    ordered = msgspec.json.encode(found, order="deterministic")
    return msgspec.json.decode(ordered, type=Transformation)


def read(engine: sa.Engine, problem: Problem, part: str, features: tuple[str, ...]) -> CleanRows:
    """Return one part's clean rows, ordered by row hash so that a fit is repeatable.

    Args:
        engine: the clean database.
        problem: whose rows.
        part: one of `PARTS`.
        features: names of the model's inputs, in order.
    """
    source = quoted(schema_of(problem), f"clean_{part}")
    names = column_list([GROUP_KEY, OUTCOME, *features])
    with engine.begin() as connection:
        table = copy_out(connection, f"SELECT {names} FROM {source} ORDER BY {ROW_HASH}")  # noqa: S608 # quoted names of our own
    return of_table(table, features)


def read_records(engine: sa.Engine, problem: Problem) -> pa.Table:
    """Return the test part's records, row by row those of `read`.

    They are the inputs as texts, and `batch_id`.

    Raises:
        NotEnoughData: nothing has been built yet, or by a release that kept none.
    """
    source = quoted(schema_of(problem), _RECORDS)
    names = column_list([BATCH, *(column.name for column in problem.inputs)])
    with engine.begin() as connection:
        if connection.scalar(sa.text("SELECT to_regclass(:name)"), {"name": source}) is None:
            raise not_built(problem)
        return copy_out(connection, f"SELECT {names} FROM {source} ORDER BY {ROW_HASH}")  # noqa: S608 # quoted names of our own
