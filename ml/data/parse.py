"""Parse a source's CSV once into cached rows: texts only, a Parquet row group per batch."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
from pyarrow import parquet

from ml.data.delivery import schema_of_rows
from ml.data.rows import header, numbered_rows
from ml.errors import SourceInvalid

if TYPE_CHECKING:
    from ml.problems.problem import Problem

log = logging.getLogger(__name__)

_FORMAT_VERSION = 1
_NO_ROWS = "it holds no data rows: check where it comes from"


def parse(problem: Problem, path: Path, batch_rows: int) -> tuple[Path, int]:
    """Parse the CSV at `path`, unless that was done before.

    Returns:
        The Parquet file beside it (`schema_of_rows`) and its number of rows, malformed
        ones included.

    Raises:
        SourceInvalid: no CSV, declared columns are missing or twice there, or no rows.
    """
    target = path.with_name(f"rows-{_fingerprint(problem, batch_rows)}.parquet")
    if not target.is_file():
        _check_header(problem, path)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix="partial-") as folder:
            partial = Path(folder) / target.name
            _write(problem, path, partial, batch_rows)
            partial.replace(target)
    return target, parquet.read_metadata(target).num_rows


def _fingerprint(problem: Problem, batch_rows: int) -> str:
    """Return a short digest of all that the parsed file depends on besides the CSV."""
    parts = [_FORMAT_VERSION, problem.names, sorted(problem.source.missing), batch_rows]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]


def _check_header(problem: Problem, path: Path) -> None:
    with path.open("rb") as file:
        names, more = header(file)
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    missing = [name for name in problem.names if name not in names]
    if twice:
        message = f"the header names {', '.join(twice)} more than once: rename or drop them"
        raise SourceInvalid(message)
    if missing:
        message = (
            f"it is no CSV of the problem {problem.name}: the first line lacks "
            f"{len(missing)} of {len(problem.names)} declared columns: {', '.join(missing)}"
        )
        raise SourceInvalid(message)
    if not more:
        raise SourceInvalid(_NO_ROWS)
    extra = [name for name in names if name not in problem.names]
    if extra:
        log.warning("columns that %s does not declare are left out: %s", problem.name, extra)


def _write(problem: Problem, path: Path, target: Path, batch_rows: int) -> None:
    rows = 0
    parsed = numbered_rows(problem.names, problem.source.missing, path)
    # Statistics would cost time and serve nobody: a batch is read whole, by its number.
    with parquet.ParquetWriter(target, schema_of_rows(problem), write_statistics=False) as writer:
        for batch in _regrouped(parsed, batch_rows):
            writer.write_table(batch, row_group_size=batch_rows)
            rows += batch.num_rows
    if not rows:
        raise SourceInvalid(_NO_ROWS)


def _regrouped(tables: Iterator[pa.Table], size: int) -> Iterator[pa.Table]:
    """Yield the same rows in tables of `size` rows; the last one may hold fewer."""
    kept: list[pa.Table] = []
    for table in tables:
        kept.append(table)
        while sum(part.num_rows for part in kept) >= size:
            joined = pa.concat_tables(kept)
            yield joined.slice(0, size)
            kept = [joined.slice(size)]
    if kept and (rest := pa.concat_tables(kept)).num_rows:
        yield rest
