"""The clean store: model-ready rows and the transformation that made them.

They lie in PostgreSQL, where the DAGs put them, or in a folder, where DVC keeps them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import sqlalchemy as sa

from ml.data import clean_files, clean_tables
from ml.data.clean_rows import (
    BATCH,
    GROUP_KEY,
    KEYS,
    OUTCOME,
    RECORD_KEY,
    ROW_HASH,
    CleanBuild,
    CleanRows,
    Transformation,
    not_built,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from ml.problems.problem import Problem

__all__ = [
    "BATCH",
    "GROUP_KEY",
    "KEYS",
    "OUTCOME",
    "RECORD_KEY",
    "ROW_HASH",
    "CleanBuild",
    "CleanRows",
    "Place",
    "Transformation",
    "last",
    "latest",
    "read",
    "read_records",
    "replace",
]

Place: TypeAlias = sa.Engine | Path


def replace(place: Place, problem: Problem, build: CleanBuild, dag_run: str = "") -> None:
    """Make a build the problem's clean rows, all or nothing.

    Args:
        place: the clean database, or a folder that is not there yet.
        problem: whose rows.
        build: what was made.
        dag_run: who made it; only a database keeps that.
    """
    if isinstance(place, Path):
        clean_files.replace(place, build)
    else:
        clean_tables.replace(place, problem, build, dag_run)


def latest(place: Place, problem: Problem) -> Transformation:
    """Return the transformation of the clean rows that are there.

    Raises:
        NotEnoughData: nothing has been built yet.
    """
    found = last(place, problem)
    if found is None:
        raise not_built(problem)
    return found


def last(place: Place, problem: Problem) -> Transformation | None:
    """Return the transformation as `latest` does, `None` where nothing has been built yet."""
    if isinstance(place, Path):
        return clean_files.last(place)
    return clean_tables.last(place, problem)


def read(place: Place, problem: Problem, part: str, features: tuple[str, ...]) -> CleanRows:
    """Return one part's clean rows, ordered by row hash so that a fit is repeatable.

    Args:
        place: the clean database, or a folder.
        problem: whose rows.
        part: one of `PARTS`.
        features: names of the model's inputs, in order.
    """
    if isinstance(place, Path):
        return clean_files.read(place, problem, part, features)
    return clean_tables.read(place, problem, part, features)


def read_records(place: Place, problem: Problem) -> pa.Table:
    """Return the test part's records, row by row those of `read`.

    They are the inputs as texts, and `batch_id`.

    Raises:
        NotEnoughData: nothing has been built yet, or by a release that kept none.
    """
    if isinstance(place, Path):
        return clean_files.read_records(place, problem)
    return clean_tables.read_records(place, problem)
