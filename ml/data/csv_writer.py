"""Write tables as CSV: texts in quotes, nulls as nothing, floats to the bit."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from pyarrow import csv


def write_csv(table: pa.Table, sink: Path | pa.NativeFile, *, header: bool) -> None:
    """Write all rows of `table` to `sink`, and its column names first where `header` holds.

    Chunks are joined first: Arrow (25.0) writes memory as it finds it where a column has
    an empty chunk.
    """
    csv.write_csv(table.combine_chunks(), sink, csv.WriteOptions(include_header=header))
