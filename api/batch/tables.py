"""Reading uploads that are tables: CSV and Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from api.batch.columns import Columns, checked
from api.batch.pieces import TABLE_ROWS, Broken, Content, TablePiece
from api.batch.settings import BatchSettings
from api.batch.upload import Upload
from api.errors import InvalidRequest, MalformedBody
from ml.bundle import Schema
from ml.data.delivery import MALFORMED, ROW_NUMBER
from ml.data.rows import header, numbered_rows
from ml.errors import SourceInvalid

# Of a damaged file: the last where a name in it is no UTF-8.
_UNREADABLE = (pa.ArrowException, OSError, UnicodeDecodeError)
_FIELDS = Broken("", "fields", "the row has more or fewer fields than the header")


def csv_content(upload: Upload, schema: Schema, settings: BatchSettings) -> Content:
    """Return the rows of a CSV; its first line names the columns, in any order.

    Raises:
        InvalidRequest: the columns are not what is declared, or there is no row.
    """
    names, more = header(upload.file)
    columns = checked(names, schema, settings.batch_max_columns)
    if not more:
        raise no_rows()
    return Content(columns.keys, max(upload.lines - 1, 1), _csv_pieces(upload, columns))


def _csv_pieces(upload: Upload, columns: Columns) -> Iterator[TablePiece]:
    """Yield the rows; raise `MalformedBody` where the text cannot be read on."""
    try:
        # What means "missing" is said by the contract alone.
        for table in numbered_rows(columns.names, (), upload.file):
            for start in range(0, table.num_rows, TABLE_ROWS):
                yield _csv_piece(table.slice(start, TABLE_ROWS))
    except SourceInvalid as error:
        raise MalformedBody(str(error)) from None


def _csv_piece(table: pa.Table) -> TablePiece:
    readable: Any = pc.is_null(table[MALFORMED])
    good = table.filter(readable)
    bad: list[Any] = table.filter(pc.invert(readable))[ROW_NUMBER].to_pylist()
    numbers: list[Any] = good[ROW_NUMBER].to_pylist()
    rest = good.drop([ROW_NUMBER, MALFORMED])
    return TablePiece(numbers, rest, dict.fromkeys(bad, _FIELDS))


def parquet_content(upload: Upload, schema: Schema, settings: BatchSettings) -> Content:
    """Return the rows of a Parquet file.

    Raises:
        MalformedBody: it is none.
        InvalidRequest: columns or their types are not what is declared, there is no row,
            or more of something than its limit.
    """
    file = _opened(upload, [])
    names = file.schema_arrow.names
    columns = checked(names, schema, settings.batch_max_columns)
    for name in columns.names:
        _check_type(name, file.schema_arrow.field(name).type)
    _check_size(file.metadata, settings)
    # As codes, a file of few distinct values stays small, however long those are.
    texts = [name for name in columns.names if _is_text(file.schema_arrow.field(name).type)]
    file = _opened(upload, texts)
    return Content(columns.keys, file.metadata.num_rows, _parquet_pieces(file, columns))


def _opened(upload: Upload, as_codes: list[str]) -> parquet.ParquetFile:
    try:
        return parquet.ParquetFile(upload.file, read_dictionary=as_codes)
    except _UNREADABLE:
        raise MalformedBody("the upload is not a Parquet file that can be read") from None


def _parquet_pieces(file: parquet.ParquetFile, columns: Columns) -> Iterator[TablePiece]:
    first = 1
    batches = file.iter_batches(TABLE_ROWS, columns=list(columns.names))
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                return
            batch.validate(full=True)  # texts must be UTF-8
        except _UNREADABLE:
            message = f"the Parquet file is damaged, or holds no UTF-8, at row {first} or later"
            raise MalformedBody(message) from None
        numbers = list(range(first, first + batch.num_rows))
        yield TablePiece(numbers, pa.Table.from_batches([batch]), {})
        first += batch.num_rows


def _check_size(metadata: Any, settings: BatchSettings) -> None:
    rows, most = metadata.num_rows, settings.batch_max_rows
    if not rows:
        raise no_rows()
    if rows > most:
        message = f"the upload has {rows} rows, at most {most} are taken; split it"
        raise InvalidRequest("max_rows", message, field="")
    sizes = (metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if max(sizes) > settings.batch_max_bytes:
        limit = settings.batch_max_bytes
        message = f"a row group unpacks to more than {limit} bytes; write smaller row groups"
        raise InvalidRequest("max_bytes", message, field="")


def _check_type(name: str, kind: pa.DataType) -> None:
    value = kind.value_type if isinstance(kind, pa.DictionaryType) else kind
    types = pa.types
    if not (
        _is_text(value)
        or types.is_integer(value)
        or types.is_float32(value)
        or types.is_float64(value)
        or types.is_boolean(value)
        or types.is_null(value)
    ):
        message = f"holds values of the type {value}; write them as texts or numbers"
        raise InvalidRequest("column_type", message, field=name)


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def no_rows() -> InvalidRequest:
    """Return the error of an upload that has a head and no body."""
    return InvalidRequest("no_rows", "the upload holds no rows", field="")
