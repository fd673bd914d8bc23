"""Lists as CSV and Excel: read what a clinic has, write what it can open."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from ml.errors import UserError

Rows: TypeAlias = list[list[str]]
MOST_ROWS: Final = 20_000
EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A cell that begins with one of these would be run as a formula by a spreadsheet.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class NotReadable(UserError):
    """A file is neither CSV nor Excel."""


class TooLarge(UserError):
    """A list has more rows than are taken."""


def read(name: str, content: bytes) -> Rows:
    """Return the rows of a file, the header first, without empty ones, as wide as the header.

    Args:
        name: of the file; `.xlsx` is Excel, everything else CSV.
        content: its bytes.

    Raises:
        NotReadable: it is neither.
        TooLarge: it has more than `MOST_ROWS` rows.
    """
    found: Rows = []
    for row in _excel(content) if name.lower().endswith(".xlsx") else _csv(content):
        cells = [cell.strip() for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            found.append(cells)
        if len(found) > MOST_ROWS + 1:
            raise TooLarge(f"a list may have at most {MOST_ROWS} rows: split it")
    width = len(found[0]) if found else 0
    return [row + [""] * (width - len(row)) for row in found]


def _csv(content: bytes) -> Iterator[Sequence[str]]:
    text = _text(content)
    head = text.partition("\n")[0]
    # Where the comma is for decimals, spreadsheets write semicolons between columns.
    delimiter = max(",;\t", key=head.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise NotReadable(f"not a CSV: {error}; save it as CSV (UTF-8)") from error


def _text(content: bytes) -> str:
    if b"\0" in content:
        raise NotReadable("the file holds binary data; save it as CSV (UTF-8) or XLSX")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # what older spreadsheets write


def _excel(content: bytes) -> Iterator[Sequence[str]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise NotReadable("not an Excel file; save it as XLSX or CSV") from error
    try:
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(values_only=True):
            yield [_cell(value) for value in row]
    finally:
        book.close()


def _cell(value: object) -> str:
    """Return a cell as text; Excel has no whole numbers of its own."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def to_csv(rows: Sequence[Sequence[object]]) -> bytes:
    """Return rows as CSV in UTF-8."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def for_reading(rows: Sequence[Sequence[object]]) -> bytes:
    """Return rows as CSV for a spreadsheet: marked as UTF-8, and no cell is a formula."""
    return b"\xef\xbb\xbf" + to_csv([[_harmless(cell) for cell in row] for row in rows])


def to_excel(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """Return sheets of rows, by their names, as an Excel file."""
    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([_harmless(cell) for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
