from __future__ import annotations

import pyarrow as pa
import pytest

from ml.data.csv_writer import write_csv

ROW = pa.table({"number": [1], "text": ['say "a"']})
EMPTY = ROW.slice(0, 0)


@pytest.mark.parametrize("chunks", [[ROW], [EMPTY, ROW], [ROW, EMPTY], [EMPTY, ROW, EMPTY]])
def test_empty_chunks_add_nothing(chunks: list[pa.Table]) -> None:
    sink = pa.BufferOutputStream()
    write_csv(pa.concat_tables(chunks), sink, header=False)
    assert sink.getvalue().to_pybytes() == b'1,"say ""a"""\n'


def test_no_rows_are_no_bytes_but_a_header() -> None:
    for header, expected in ((False, b""), (True, b'"number","text"\n')):
        sink = pa.BufferOutputStream()
        write_csv(EMPTY, sink, header=header)
        assert sink.getvalue().to_pybytes() == expected


def test_codes_are_written_as_their_texts() -> None:
    sink = pa.BufferOutputStream()
    codes = pa.array(["x", None, "", "x"]).dictionary_encode()
    write_csv(pa.table({"code": codes, "number": [1, 2, 3, 4]}), sink, header=False)
    assert sink.getvalue().to_pybytes() == b'"x",1\n,2\n"",3\n"x",4\n'
