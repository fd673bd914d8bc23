"""What a fetched source is to the steps after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
import pyarrow as pa
from pyarrow import parquet

from ml.errors import SourceUnavailable
from ml.problems.problem import Problem

Kind: TypeAlias = Literal["real", "synthetic"]

ROW_NUMBER = "row_number"
MALFORMED = "malformed_row"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One fetched source, ready to be loaded in batches; plain JSON, so tasks can pass it on.

    Args:
        problem: name of the problem.
        digest: SHA-256 of the unpacked CSV, in hexadecimal.
        source: where it came from, without credentials.
        kind: whether it tells of real people or comes from the generator.
        parquet: path of the cached rows: a row group for each batch, `schema_of_rows`.
        rows: data rows read in all, malformed ones included.
        batch_rows: rows of a batch; the last one may hold fewer.
    """

    problem: str
    digest: str
    source: str
    kind: Kind
    parquet: str
    rows: int
    batch_rows: int


def schema_of_rows(problem: Problem) -> pa.Schema:
    """Return the schema of cached rows.

    `row_number` counts the source's data rows from 1, blank lines left out. A row with a
    wrong number of fields keeps its number and has its text in `malformed_row`, and nulls
    in the contract's columns, which are texts in the contract's order.
    """
    texts = [pa.field(name, pa.string()) for name in (MALFORMED, *problem.names)]
    return pa.schema(texts).insert(0, pa.field(ROW_NUMBER, pa.int64()))


def read_batch(path: str, index: int, encoded: Sequence[str] = ()) -> pa.Table:
    """Return the rows of batch `index` (from 0) of the cached rows at `path`.

    Args:
        path: the Parquet file of a delivery.
        index: which of its row groups.
        encoded: columns to return as codes into their distinct values, as they are stored.

    Raises:
        SourceUnavailable: the cache was cleared since the source was fetched.
    """
    if not Path(path).is_file():
        message = (
            f"the cached rows {path} are gone: fetch the source again, and let all tasks "
            f"share one VIGIA_STATE_DIR"
        )
        raise SourceUnavailable(message)
    with parquet.ParquetFile(path, read_dictionary=list(encoded)) as file:
        return file.read_row_group(index)
