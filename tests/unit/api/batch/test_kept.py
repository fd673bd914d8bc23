from __future__ import annotations

import msgspec
import pyarrow as pa

from api.batch.kept import json_objects


def decoded(table: pa.Table) -> list[object]:
    return [msgspec.json.decode(row) for row in json_objects(table)]


def test_rows_are_the_objects_that_their_records_are() -> None:
    columns = {
        "text": ["a", None, 'quote " and \\', "é\n", "a"],
        "number": [1, 2, None, -4, 1],
        "fraction": [0.1, None, 1e-7, 73.8251907, 0.1],
        "empty": [None] * 5,
        'na"me': ["x", "", "y", "z", None],
    }
    table = pa.table(columns)
    expected = [{k: v for k, v in row.items() if v is not None} for row in table.to_pylist()]
    assert decoded(table) == expected
    coded = table.set_column(0, "text", table["text"].dictionary_encode())
    assert decoded(coded) == expected


def test_rows_of_several_chunks_stay_in_order() -> None:
    chunks = pa.chunked_array(
        [pa.array(["b"]).dictionary_encode(), pa.array(["a", "b"]).dictionary_encode()]
    )
    assert decoded(pa.table({"x": chunks})) == [{"x": "b"}, {"x": "a"}, {"x": "b"}]


def test_a_row_without_any_value_is_an_empty_object() -> None:
    assert decoded(pa.table({"x": pa.array([None, 1])})) == [{}, {"x": 1}]
