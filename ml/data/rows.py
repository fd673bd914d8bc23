"""Read a CSV as numbered rows of texts; rows with a wrong number of fields keep their place."""

from __future__ import annotations

import csv as text_csv
import io
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Literal, TypeAlias, cast

import numpy as np
import pyarrow as pa
from pyarrow import csv

from ml.data.delivery import MALFORMED, ROW_NUMBER
from ml.errors import SourceInvalid

Source: TypeAlias = Path | IO[bytes]

_BLOCK = 4 << 20
_LONGEST_HEADER = 1 << 20
_NEWLINE = ord("\n")


def header(file: IO[bytes]) -> tuple[list[str], bool]:
    """Return the names in the first line with text, and whether anything follows it.

    The file is read from its start, and left there.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    while (line := text.readline(_LONGEST_HEADER)) and not line.strip("\r\n"):
        pass
    more = bool(text.read(1))
    text.detach().seek(0)
    try:
        return next(text_csv.reader([line]), []), more
    except text_csv.Error:
        return [], more


def numbered_rows(
    names: Collection[str], missing: Collection[str], source: Source
) -> Iterator[pa.Table]:
    """Yield the rows of a CSV in its order, a few megabytes at a time (`schema_of_rows`).

    A field that is empty or one of the `missing` texts becomes null; nothing else does. A
    row with more or fewer fields than the header keeps its number and its text.

    Args:
        names: the columns to read; the header has them all.
        missing: the texts that mean "missing".
        source: the CSV, in UTF-8.

    Raises:
        SourceInvalid: the CSV cannot be read to its end.
    """
    malformed: dict[int, str] = {}
    first = 1
    try:
        for batch in _reader(names, missing, source, malformed):
            _refuse_line_breaks(batch, malformed, first)
            yield (table := _in_order(pa.Table.from_batches([batch]), malformed, first))
            first += table.num_rows
        _refuse_line_breaks(pa.RecordBatch.from_pylist([]), malformed, first)
    except pa.ArrowInvalid as error:
        # Arrow's text may hold the row itself, so only its number is passed on.
        row = re.search(r"Row #(\d+)", str(error))
        where = f"row {int(row[1]) - 1}" if row else f"row {first} or later"
        message = f"it cannot be read at {where}: look for an unbalanced quote there"
        raise SourceInvalid(message) from None
    yield _in_order(pa.table({name: _nulls(0) for name in names}), malformed, first)


def _reader(
    names: Collection[str], missing: Collection[str], source: Source, malformed: dict[int, str]
) -> csv.CSVStreamingReader:
    """Open the CSV; rows with a wrong number of fields go to `malformed` by their number."""

    def keep(row: csv.InvalidRow) -> Literal["skip"]:
        # The header is row 1, and PostgreSQL's texts hold no NUL.
        malformed[cast("int", row.number) - 1] = row.text.replace("\0", "\\0")
        return "skip"

    return csv.open_csv(
        source,
        # Only a single thread knows the number of a malformed row; it is no slower here.
        read_options=csv.ReadOptions(use_threads=False, block_size=_BLOCK),
        parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=keep),
        convert_options=csv.ConvertOptions(
            include_columns=list(names),
            column_types=dict.fromkeys(names, pa.string()),
            null_values=["", *missing],
            strings_can_be_null=True,
        ),
    )


def _refuse_line_breaks(batch: pa.RecordBatch, malformed: dict[int, str], first: int) -> None:
    """Raise `SourceInvalid` where a field holds a line break.

    No contract allows one, and an unbalanced quote makes one field of many rows: they would
    be neither read nor counted.
    """
    rows = [number for number, text in malformed.items() if "\n" in text.strip()]
    buffers = [column.buffers()[2] for column in batch.columns if len(column)]
    broken = any((np.asarray(data, np.uint8) == _NEWLINE).any() for data in buffers if data)
    if rows or broken:
        where = f"row {min(rows)}" if rows else f"row {first} or later"
        message = f"a field holds a line break at {where}: look for an unbalanced quote there"
        raise SourceInvalid(message)


def _in_order(good: pa.Table, malformed: dict[int, str], first: int) -> pa.Table:
    """Number the rows from `first` on, and move in those of `malformed` that lie among them."""
    bad = np.array(sorted(malformed), dtype=np.int64)
    # So many good rows stand before each malformed one.
    bad = bad[bad - first - np.arange(len(bad)) <= good.num_rows]
    numbers = np.arange(first, first + good.num_rows + len(bad))
    texts = [malformed.pop(int(number)) for number in bad]
    is_bad = np.isin(numbers, bad)
    rows = _with(good, numbers[~is_bad], _nulls(good.num_rows))
    if not texts:
        return rows
    nulls = pa.table({name: _nulls(len(texts)) for name in good.column_names})
    return pa.concat_tables([rows, _with(nulls, bad, pa.array(texts))]).sort_by(ROW_NUMBER)


def _with(table: pa.Table, numbers: np.ndarray, texts: pa.StringArray) -> pa.Table:
    named = {ROW_NUMBER: pa.array(numbers), MALFORMED: texts}
    return pa.table(named | dict(zip(table.column_names, table.columns, strict=True)))


def _nulls(size: int) -> pa.StringArray:
    return pa.nulls(size, pa.string())
