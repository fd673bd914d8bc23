from __future__ import annotations

import io

import openpyxl
import pytest

from ui import spreadsheet
from ui.spreadsheet import NotReadable, TooLarge

ROWS = [["ward", "nights"], ["1", "3"], ["Cirugía", ""]]


@pytest.mark.parametrize(
    "content",
    [
        "ward,nights\n1,3\nCirugía,\n".encode(),
        "ward;nights\r\n1;3\r\nCirugía;\r\n".encode("utf-8-sig"),
        "ward\tnights\n\n 1 \t3\nCirugía\t\n".encode("cp1252"),
    ],
)
def test_a_csv_is_read_as_spreadsheets_write_it(content: bytes) -> None:
    assert spreadsheet.read("ward.csv", content) == ROWS


def test_an_excel_file_is_read_with_whole_numbers_as_such() -> None:
    content = spreadsheet.to_excel({"Patients": [["ward", "nights"], [1.0, 3], [2.5, None]]})

    assert spreadsheet.read("Ward.XLSX", content) == [["ward", "nights"], ["1", "3"], ["2.5", ""]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"ward,nights"),
        ("a.xlsx", b"PK\3\4broken"),
        ("a.csv", b"PK\0\0"),
        ("a.csv", b'a,"b'),
    ],
)
def test_what_is_neither_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(NotReadable, match=r"XLSX|CSV"):
        spreadsheet.read(name, content)


def test_a_list_that_is_too_long_is_refused() -> None:
    content = b"ward\n" + b"1\n" * (spreadsheet.MOST_ROWS + 1)

    with pytest.raises(TooLarge, match="split it"):
        spreadsheet.read("ward.csv", content)


@pytest.mark.parametrize("cell", ["=1+1", "@sum", "+1", "-1", "\tx"])
def test_no_cell_that_is_taken_away_is_a_formula(cell: str) -> None:
    written = spreadsheet.for_reading([[cell, -1]]).decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(spreadsheet.to_excel({"A": [[cell, -1]]})))

    assert f"'{cell}" in written
    assert [value.value for value in next(book.worksheets[0].rows)] == [f"'{cell}", -1]


def test_what_is_sent_is_left_as_it_is() -> None:
    assert spreadsheet.to_csv([["a", "-1"], ['"', "é"]]).decode() == 'a,-1\n"""",é\n'
