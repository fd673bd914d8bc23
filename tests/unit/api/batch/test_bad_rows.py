"""Rows that are refused among others that are scored, and what they are told."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import httpx
import pyarrow as pa
import pytest

from tests.unit.api.batch.uploads import CSV, JSON, NDJSON, PARQUET, table

pytestmark = pytest.mark.anyio

SECRET = "c4n4ry"


class Row(NamedTuple):
    """A row that is refused among others that are scored."""

    kind: str
    content: bytes
    field: str
    rule: str


def line(text: str) -> bytes:
    """A CSV whose second row is the text."""
    return f"visit,age,weight-kg,days,colour,reason\nv1,60,,,,\n{text}\nv3,61,,,,\n".encode()


def record(**values: Any) -> bytes:
    """Lines of which the second is a record of the values."""
    return b"{}\n" + json.dumps(values).encode() + b"\n{}\n"


def cells(column: str, value: Any) -> bytes:
    """A Parquet file whose second row holds the value."""
    array = pa.array([None, value, None])
    return table(rows=3, **{"age": 60, column: array})


ROW = {
    "too old": Row(CSV, line("v2,121,,,,"), "age", "maximum"),
    "too young": Row(CSV, line("v2,-1,,,,"), "age", "minimum"),
    "half a year": Row(CSV, line("v2,60.5,,,,"), "age", "type"),
    "an age in words": Row(CSV, line(f"v2,{SECRET},,,,"), "age", "type"),
    "an age that is nan": Row(CSV, line("v2,nan,,,,"), "age", "type"),
    "an age in hexadecimal": Row(CSV, line("v2,0x3c,,,,"), "age", "type"),
    "an age with a separator": Row(CSV, line("v2,1_0,,,,"), "age", "type"),
    "an age in other digits": Row(CSV, line("v2,٦٠,,,,"), "age", "type"),
    "an infinite weight": Row(CSV, line("v2,60,inf,,,"), "weight-kg", "type"),
    "a huge weight": Row(CSV, line("v2,60,1e300,,,"), "weight-kg", "maximum"),
    "a weight with a comma": Row(CSV, line('v2,60,"72,5",,,'), "weight-kg", "type"),
    "no days": Row(CSV, line("v2,60,,0,,"), "days", "minimum"),
    "an unknown colour": Row(CSV, line(f"v2,60,,,{SECRET},"), "colour", "enum"),
    "a colour in capitals": Row(CSV, line("v2,60,,,RED,"), "colour", "enum"),
    "a reason of another shape": Row(CSV, line(f"v2,60,,,,{SECRET}"), "reason", "pattern"),
    "a formula": Row(CSV, line("v2,60,,,=1+1,"), "colour", "enum"),
    "a NUL": Row(CSV, line("v2,60,,,re\0d,"), "colour", "enum"),
    "a long value": Row(CSV, line(f"v2,60,,,{'x' * 31},"), "colour", "length"),
    "a long key": Row(CSV, line(f"{'v' * 31},60,,,,"), "visit", "key"),
    "too few fields": Row(CSV, line("v2,60"), "", "fields"),
    "too many fields": Row(CSV, line("v2,60,,,,,,"), "", "fields"),
    "an age that is true": Row(NDJSON, record(age=True), "age", "type"),
    "an age that is a list": Row(NDJSON, record(age=[60]), "age", "type"),
    "an age that is an object": Row(NDJSON, record(age={"years": 60}), "age", "type"),
    "an age that is huge": Row(NDJSON, record(age=10**30), "age", "maximum"),
    "a colour that is a number": Row(NDJSON, record(colour=3), "colour", "enum"),
    "a colour that is false": Row(NDJSON, record(colour=False), "colour", "type"),
    "a reason with a fraction": Row(NDJSON, record(reason=250.1), "reason", "type"),
    "an unknown field": Row(NDJSON, record(years=60), "years", "unknown_field"),
    "a long value of a record": Row(NDJSON, record(colour="x" * 31), "colour", "length"),
    "a long unknown field": Row(NDJSON, record(**{"y" * 200: 1}), "y" * 80, "unknown_field"),
    "a key that is a list": Row(NDJSON, record(visit=["v"]), "visit", "key"),
    "a key that is true": Row(NDJSON, record(visit=True), "visit", "key"),
    "a line that is cut": Row(NDJSON, b'{}\n{"age": 6\n{}\n', "", "malformed"),
    "a line that is a list": Row(NDJSON, b"{}\n[60]\n{}\n", "", "malformed"),
    "a line that is null": Row(NDJSON, b"{}\nnull\n{}\n", "", "malformed"),
    "a line with NaN": Row(NDJSON, b'{}\n{"age": NaN}\n{}\n', "", "malformed"),
    "a line of two records": Row(NDJSON, b"{}\n{}{}\n{}\n", "", "malformed"),
    "a line with half a surrogate": Row(NDJSON, b'{}\n{"visit": "\\ud800"}\n{}\n', "", "malformed"),
    "a number for a record": Row(JSON, b'{"records": [{}, 7, {}]}', "", "type"),
    "null for a record": Row(JSON, b'{"records": [{}, null, {}]}', "", "type"),
    "a list for a record": Row(JSON, b'{"records": [{}, [], {}]}', "", "type"),
    "days of parquet": Row(PARQUET, cells("days", 0), "days", "minimum"),
    "half a day of parquet": Row(PARQUET, cells("days", 1.5), "days", "type"),
    "endless days of parquet": Row(PARQUET, cells("days", float("inf")), "days", "type"),
    "true days of parquet": Row(PARQUET, cells("days", True), "days", "type"),  # noqa: FBT003 # a value
    "a colour of parquet": Row(PARQUET, cells("colour", SECRET), "colour", "enum"),
    "a number as a colour of parquet": Row(PARQUET, cells("colour", 3), "colour", "enum"),
    "a long value of parquet": Row(PARQUET, cells("colour", "x" * 31), "colour", "length"),
    "a long key of parquet": Row(PARQUET, cells("visit", "v" * 31), "visit", "key"),
}


@pytest.mark.parametrize("name", ROW)
async def test_a_bad_row_is_told_what_it_breaks_and_the_others_are_scored(
    small: httpx.AsyncClient, name: str
) -> None:
    case = ROW[name]
    response = await small.post(
        "/predict-batch", content=case.content, headers={"content-type": case.kind}
    )
    assert response.status_code == 200, response.text
    _, first, second, third, end = (json.loads(each) for each in response.text.splitlines())
    assert [first["type"], second["type"], third["type"]] == ["row", "refused", "row"]
    assert [first["row"], second["row"], third["row"]] == [1, 2, 3]
    (error,) = second["errors"]
    assert (error["field"], error["rule"]) == (case.field, case.rule)
    assert error["message"]
    assert end == {"type": "end", "rows": 3, "scored": 2, "refused": 1}
    assert SECRET not in response.text


async def test_an_upload_of_which_no_row_can_be_read_is_answered_row_by_row(
    small: httpx.AsyncClient,
) -> None:
    headers = {"content-type": CSV}
    response = await small.post("/predict-batch", content=b"age,days\n1\n1,2,3\n", headers=headers)
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["type"] for line in lines] == ["start", "refused", "refused", "end"]


def test_the_table_is_long_enough() -> None:
    assert len(ROW) >= 40
