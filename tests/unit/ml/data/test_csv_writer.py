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
