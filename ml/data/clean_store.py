"""The clean store: model-ready rows and the transformation that made them.

A build replaces the three tables and adds its transformation in one transaction, so that a
reader sees one build whole or the one before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from ml.data.database import column_list, copy_in, copy_out, quoted, schema_of
from ml.data.split import PARTS
from ml.errors import NotEnoughData

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ml.problems.problem import Problem

ROW_HASH, RECORD_KEY, GROUP_KEY, OUTCOME = "row_hash", "record_key", "group_key", "outcome"
BATCH = "batch_id"
KEYS = (ROW_HASH, RECORD_KEY, GROUP_KEY, OUTCOME)
_RECORDS = "test_records"
_KINDS = {pa.string(): "text", pa.int16(): "smallint", pa.float64(): "double precision"}


class Transformation(msgspec.Struct, frozen=True, kw_only=True):
    """How the clean rows came to be.

    Args:
        data: whether they are real or synthetic.
        feature_map: the fitted parameters, as JSON types.
        feature_map_digest: SHA-256 of their JSON.
        data_hash: SHA-256 over the hashes of all raw rows used, in order.
        batches: the raw batches they came from.
        source: where those batches came from.
        source_digests: SHA-256 of the files that were delivered.
        split_salt: salt of the split by patient.
        code_digest: version of the code.
        rows: numbers of rows: `raw` and by part.
        quality: the quality report.
        drift: reference distributions of the training part.
    """

    data: Literal["real", "synthetic"]
    feature_map: dict[str, Any]
    feature_map_digest: str
    data_hash: str
    batches: tuple[str, ...]
    source: str
    source_digests: tuple[str, ...]
    split_salt: str
    code_digest: str
    rows: dict[str, int]
    quality: dict[str, Any]
    drift: dict[str, Any]


class CleanRows(NamedTuple):
    """One part of the clean data.

    Args:
        matrix: float64, (rows, features); NaN where unknown.
        outcomes: int64, (rows,): index of the class.
        groups: text, (rows,): the key that the split keeps together.
    """

    matrix: NDArray[np.float64]
    outcomes: NDArray[np.int64]
    groups: NDArray[np.str_]


class CleanBuild(NamedTuple):
    """What a clean build has made.

    Args:
        transformation: how.
        tables: keys, outcome and model inputs, by part.
        records: `row_hash`, `batch_id` and the inputs as texts, of the test part: what a
            model is judged on that was built with other parameters.
    """

    transformation: Transformation
    tables: Mapping[str, pa.Table]
    records: pa.Table


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


def latest(engine: sa.Engine, problem: Problem) -> Transformation:
    """Return the transformation of the clean rows that stand in the tables.

    Raises:
        NotEnoughData: nothing has been built yet.
    """
    found = last(engine, problem)
    if found is None:
        raise _not_built(problem)
    return found


def _not_built(problem: Problem) -> NotEnoughData:
    return NotEnoughData(
        f"{problem.name}: there are no clean rows yet; run the DAG clean_{problem.name}"
    )


def last(engine: sa.Engine, problem: Problem) -> Transformation | None:
    """Return the transformation as `latest` does, `None` where nothing has been built yet."""
    target = quoted(schema_of(problem), "transformation")
    with engine.connect() as connection:
        if connection.scalar(sa.text("SELECT to_regclass(:name)"), {"name": target}) is None:
            return None
        content = connection.scalar(
            sa.text(f"SELECT content::text FROM {target} ORDER BY id DESC LIMIT 1")  # noqa: S608 # a quoted name of our own
        )
    return msgspec.json.decode(str(content), type=Transformation)


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
    return CleanRows(
        matrix=np.column_stack([_floats(table[name]) for name in features]),
        outcomes=table[OUTCOME].to_numpy().astype(np.int64),
        groups=table[GROUP_KEY].to_numpy().astype(np.str_),
    )


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
            raise _not_built(problem)
        return copy_out(connection, f"SELECT {names} FROM {source} ORDER BY {ROW_HASH}")  # noqa: S608 # quoted names of our own


def _floats(column: Any) -> NDArray[np.float64]:
    values: NDArray[np.float64] = column.to_numpy()
    return values
