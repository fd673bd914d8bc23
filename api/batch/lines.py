"""Reading uploads that are records: JSON and NDJSON."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import IO, Any

from api import body, strict_json
from api.batch.pieces import RECORDS, Broken, Content, RecordsPiece
from api.batch.settings import BatchSettings
from api.batch.tables import no_rows
from api.batch.upload import Upload
from api.errors import InvalidRequest, MalformedBody

_LONGEST_LINE = 1 << 20
_TOO_LONG = Broken("", "length", f"a line may have at most {_LONGEST_LINE} bytes")
_TWICE = Broken("", "repeated_field", "the line names a field twice: leave one of them out")
_NO_OBJECT = Broken("", "type", "a record must be an object of columns and values")


def json_content(upload: Upload, settings: BatchSettings) -> Content:
    """Return the records of `{"records": [...]}`.

    Raises:
        MalformedBody: not a JSON object, or one that names a field twice.
        InvalidRequest: no list of records, an empty one, or one that is too long.
    """
    text = upload.file.read()
    content = body.object_of(text)
    listed = content.get("records")
    if not isinstance(listed, list) or len(content) > 1:
        message = 'the upload must be {"records": [...]} and nothing else'
        raise InvalidRequest("type", message)
    if not listed:
        raise no_rows()
    if len(listed) > settings.batch_max_rows:
        message = f"send at most {settings.batch_max_rows} rows; split what is more"
        raise InvalidRequest("max_rows", message)
    names = sum(len(record) for record in listed if isinstance(record, dict))
    strict_json.refuse_repeated_names(text, 1 + names)
    return Content(None, len(listed), _json_pieces(listed))


def _json_pieces(listed: list[Any]) -> Iterator[RecordsPiece]:
    for start in range(0, len(listed), RECORDS):
        piece = RecordsPiece([], [], {})
        for number, record in enumerate(listed[start : start + RECORDS], start + 1):
            _put(piece, number, record if isinstance(record, dict) else _NO_OBJECT)
        yield piece


def _put(piece: RecordsPiece, number: int, record: dict[str, Any] | Broken) -> None:
    if isinstance(record, Broken):
        piece.unreadable[number] = record
    else:
        piece.numbers.append(number)
        piece.records.append(record)


def ndjson_content(upload: Upload) -> Content:
    """Return the records of a text with one object a line; blank lines are passed over.

    Raises:
        InvalidRequest: there are only blank lines.
    """
    lines = enumerate(_lines(upload.file), 1)
    first = next(lines, None)
    if first is None:
        raise no_rows()
    return Content(None, upload.lines, _ndjson_pieces(chain([first], lines)))


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines that are not blank; of one that is too long only its beginning."""
    while line := file.readline(_LONGEST_LINE + 1):
        rest = line
        while len(rest) > _LONGEST_LINE and rest[-1:] != b"\n":
            rest = file.readline(_LONGEST_LINE + 1)
        if line.strip():
            yield line


def _ndjson_pieces(lines: Iterator[tuple[int, bytes]]) -> Iterator[RecordsPiece]:
    while part := list(islice(lines, RECORDS)):
        piece = RecordsPiece([], [], {})
        for number, line in part:
            _put(piece, number, _record(line))
        yield piece


def _record(line: bytes) -> dict[str, Any] | Broken:
    if len(line) > _LONGEST_LINE:
        return _TOO_LONG
    try:
        record = body.object_of(line)
    except MalformedBody as error:
        where = "" if error.position is None else f" at its byte {error.position}"
        return Broken("", "malformed", f"the line is not a JSON object{where}")
    try:
        strict_json.refuse_repeated_names(line, len(record))
    except MalformedBody:
        return _TWICE
    return record
