"""Clean rows in a folder: a Parquet file for each part, and the transformation as JSON."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from pyarrow import parquet

from ml.data.clean_rows import (
    BATCH,
    GROUP_KEY,
    OUTCOME,
    CleanBuild,
    CleanRows,
    Transformation,
    not_built,
    of_table,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from ml.problems.problem import Problem

_RECORDS = "test_records.parquet"
_TRANSFORMATION = "transformation.json"


def replace(folder: Path, build: CleanBuild) -> None:
    """Make a build the clean rows of a folder; equal builds give equal bytes.

    The folder is made here; one that is there already is an error of the caller.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".clean-", dir=folder.parent) as scratch:
        whole = Path(scratch) / "whole"
        whole.mkdir()
        for part, table in build.tables.items():
            parquet.write_table(table, whole / _part(part))
        parquet.write_table(build.records, whole / _RECORDS)
        content = msgspec.json.encode(build.transformation, order="deterministic")
        (whole / _TRANSFORMATION).write_bytes(msgspec.json.format(content, indent=2))
        whole.rename(folder)


def last(folder: Path) -> Transformation | None:
    """Return the transformation of the rows that lie there, `None` where there is none."""
    file = folder / _TRANSFORMATION
    return msgspec.json.decode(file.read_bytes(), type=Transformation) if file.is_file() else None


def read(folder: Path, problem: Problem, part: str, features: tuple[str, ...]) -> CleanRows:
    """Return one part's clean rows in the order of their hashes, as they were written."""
    table = _table(folder / _part(part), problem, [GROUP_KEY, OUTCOME, *features])
    return of_table(table, features)


def read_records(folder: Path, problem: Problem) -> pa.Table:
    """Return the test part's records, row by row those of `read`."""
    return _table(folder / _RECORDS, problem, [BATCH, *(column.name for column in problem.inputs)])


def _part(part: str) -> str:
    return f"clean_{part}.parquet"


def _table(file: Path, problem: Problem, names: list[str]) -> pa.Table:
    if not file.is_file():
        raise not_built(problem)
    return parquet.read_table(file, columns=names)
