"""Bad uploads and what they are answered: as a whole, or row by row."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

from ml.registry import Version
from tests.unit.api.running import serving, toy_settings
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio

CSV, NDJSON, JSON = "text/csv", "application/x-ndjson", "application/json"
PARQUET = "application/vnd.apache.parquet"
SECRET = "c4n4ry"


@pytest.fixture(scope="module")
async def small(
    shelf: tuple[Path, dict[str, Version]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """One application with small limits, so that small uploads reach them.

    It is the same for all: no bad upload may change what the next one meets.
    """
    folder, versions = shelf
    settings = toy_settings(
        tmp_path_factory.mktemp("bad_uploads"),
        batch_max_bytes=100_000,
        body_max_bytes=50_000,
        batch_max_rows=50,
        batch_max_columns=20,
        batch_max_cell=30,
    )
    async with serving(settings, FolderRegistry(folder, versions["1"])) as client:
        yield client


def table(*, rows: int = 2, **columns: Any) -> bytes:
    """A Parquet file; columns as arrays, or as values for every row."""
    made = {
        name: values if isinstance(values, pa.Array) else pa.array([values] * rows)
        for name, values in columns.items()
    }
    sink = io.BytesIO()
    parquet.write_table(pa.table(made), sink)
    return sink.getvalue()


GOOD = table(age=60)


class Whole(NamedTuple):
    """An upload that is refused as a whole."""

    kind: str
    content: bytes
    status: int
    slug: str
    rule: str = ""


MALFORMED, INVALID, LARGE, TYPE = (
    "malformed-body",
    "invalid-request",
    "body-too-large",
    "unsupported-media-type",
)
WHOLE = {
    # Nothing, or not what the content type says.
    "empty csv": Whole(CSV, b"", 400, MALFORMED),
    "empty ndjson": Whole(NDJSON, b"", 400, MALFORMED),
    "empty json": Whole(JSON, b"", 400, MALFORMED),
    "empty parquet": Whole(PARQUET, b"", 400, MALFORMED),
    "json that is cut": Whole(JSON, b'{"records": [{"age": 60}', 400, MALFORMED),
    "json that is a list": Whole(JSON, b'[{"age": 60}]', 400, MALFORMED),
    "json that is a text": Whole(JSON, b'"age"', 400, MALFORMED),
    "json with NaN": Whole(JSON, b'{"records": [{"age": NaN}]}', 400, MALFORMED),
    "json in Latin-1": Whole(JSON, b'{"records": [{"colour": "caf\xe9"}]}', 400, MALFORMED),
    "json that nests": Whole(
        JSON, b'{"records": ' + b"[" * 900 + b"]" * 900 + b"}", 400, MALFORMED
    ),
    "json that names a field twice": Whole(
        JSON, b'{"records": [{"age": 60, "age": 61}]}', 400, MALFORMED
    ),
    "json that names its records twice": Whole(
        JSON, b'{"records": [{"age": 1}], "records": [{"age": 2}]}', 400, MALFORMED
    ),
    "csv as json": Whole(JSON, b"age\n60\n", 400, MALFORMED),
    "csv in Latin-1": Whole(CSV, b"age,colour\n60,caf\xe9\n", 400, MALFORMED),
    "csv in UTF-16": Whole(CSV, "age\n60\n".encode("utf-16"), 400, MALFORMED),
    "csv that ends in half a letter": Whole(CSV, b"age,colour\n60,\xc3", 400, MALFORMED),
    "ndjson in Latin-1": Whole(NDJSON, b'{"colour": "caf\xe9"}\n', 400, MALFORMED),
    "a zip as csv": Whole(CSV, b"PK\x03\x04\x14\x00\xff\xfe", 400, MALFORMED),
    "text as parquet": Whole(PARQUET, b"age\n60\n", 400, MALFORMED),
    "parquet that is cut": Whole(PARQUET, GOOD[:-20], 400, MALFORMED),
    "parquet without its start": Whole(PARQUET, GOOD[20:], 400, MALFORMED),
    "parquet's mark alone": Whole(PARQUET, b"PAR1PAR1", 400, MALFORMED),
    "parquet with a broken footer": Whole(
        PARQUET, GOOD[:-30] + b"\xff" * 22 + GOOD[-8:], 400, MALFORMED
    ),
    "parquet with a text in Latin-1": Whole(
        PARQUET, table(age=60, colour="caf!").replace(b"caf!", b"caf\xe9"), 400, MALFORMED
    ),
    "parquet with a key in Latin-1": Whole(
        PARQUET, table(age=60, visit="caf!").replace(b"caf!", b"caf\xe9"), 400, MALFORMED
    ),
    "parquet with a name in Latin-1": Whole(
        PARQUET, table(age=60, colour="red").replace(b"colour", b"col\xe9ur"), 400, MALFORMED
    ),
    "csv with a value of two lines": Whole(CSV, b'age,reason\n60,"401\n402"\n', 400, MALFORMED),
    "csv with an open quote": Whole(CSV, b'age,reason\n60,"401\n61,402\n', 400, MALFORMED),
    "parquet as csv": Whole(CSV, GOOD + b"\xff", 400, MALFORMED),
    # Content types.
    "no upload's type": Whole("text/plain", b"age\n60\n", 415, TYPE),
    "an empty type": Whole("", b"age\n60\n", 415, TYPE),
    "a form": Whole("multipart/form-data; boundary=x", b"--x--", 415, TYPE),
    "a form of fields": Whole("application/x-www-form-urlencoded", b"age=60", 415, TYPE),
    "bytes of no type": Whole("application/octet-stream", GOOD, 415, TYPE),
    "a spreadsheet": Whole("application/vnd.ms-excel", b"age\n60\n", 415, TYPE),
    "csv in another charset": Whole("text/csv; charset=latin-1", b"age\n60\n", 415, TYPE),
    "json in another charset": Whole("application/json; charset=utf-16", b"{}", 415, TYPE),
    # Limits.
    "too many bytes of csv": Whole(CSV, b"age\n" + b"60,\n" * 30_000, 413, LARGE),
    "too many bytes of json": Whole(JSON, b'{"records": [' + b" " * 60_000 + b"{}]}", 413, LARGE),
    "too many bytes of parquet": Whole(PARQUET, b"PAR1" + b"x" * 100_000, 413, LARGE),
    "too many lines": Whole(CSV, b"age\n" + b"60\n" * 60, 422, INVALID, "max_rows"),
    "too many records": Whole(
        JSON, b'{"records": [' + b",".join([b"{}"] * 51) + b"]}", 422, INVALID, "max_rows"
    ),
    "too many lines of ndjson": Whole(NDJSON, b"{}\n" * 60, 422, INVALID, "max_rows"),
    "too many rows of parquet": Whole(PARQUET, table(rows=51, age=60), 422, INVALID, "max_rows"),
    "a row group that unpacks to too much": Whole(
        PARQUET,
        table(age=60, colour=pa.array(["x" * 60_000, "y" * 60_000])),
        422,
        INVALID,
        "max_bytes",
    ),
    "too many columns": Whole(
        CSV, b",".join(b"c%d" % i for i in range(21)) + b"\n1\n", 422, INVALID, "max_columns"
    ),
    "too many columns of parquet": Whole(
        PARQUET, table(**{f"c{i}": 1 for i in range(21)}), 422, INVALID, "max_columns"
    ),
    # Columns.
    "an unknown column": Whole(CSV, b"age,years\n60,1\n", 422, INVALID, "unknown_column"),
    "an unknown column of parquet": Whole(
        PARQUET, table(age=60, years=1), 422, INVALID, "unknown_column"
    ),
    "a column in capitals": Whole(CSV, b"AGE\n60\n", 422, INVALID, "unknown_column"),
    "a column without a name": Whole(CSV, b"age,\n60,1\n", 422, INVALID, "unknown_column"),
    "a column with a blank": Whole(CSV, b"age, days\n60,1\n", 422, INVALID, "unknown_column"),
    "no header": Whole(CSV, b"60,red\n61,blue\n", 422, INVALID, "unknown_column"),
    "another separator": Whole(CSV, b"age;days\n60;1\n", 422, INVALID, "unknown_column"),
    "tabs": Whole(CSV, b"age\tdays\n60\t1\n", 422, INVALID, "unknown_column"),
    "a column twice": Whole(CSV, b"age,age\n60,61\n", 422, INVALID, "duplicate_column"),
    "keys alone": Whole(CSV, b"visit,person\nv,p\n", 422, INVALID, "no_inputs"),
    "keys alone of parquet": Whole(PARQUET, table(visit="v"), 422, INVALID, "no_inputs"),
    "the outcome alone": Whole(CSV, b"returned\nno\n", 422, INVALID, "no_inputs"),
    "lists in a column": Whole(
        PARQUET, table(age=pa.array([[60], [61]])), 422, INVALID, "column_type"
    ),
    "objects in a column": Whole(
        PARQUET, table(age=pa.array([{"years": 60}, {"years": 61}])), 422, INVALID, "column_type"
    ),
    "times in a column": Whole(
        PARQUET, table(age=pa.array([0, 1], pa.timestamp("s"))), 422, INVALID, "column_type"
    ),
    "bytes in a column": Whole(
        PARQUET, table(colour=pa.array([b"red", b"red"])), 422, INVALID, "column_type"
    ),
    "decimals in a column": Whole(
        PARQUET,
        table(age=pa.array([60, 61]).cast(pa.decimal128(20, 0))),
        422,
        INVALID,
        "column_type",
    ),
    "lists as keys": Whole(
        PARQUET, table(age=60, visit=pa.array([[1], [2]])), 422, INVALID, "column_type"
    ),
    # No rows, or no list of them.
    "a header alone": Whole(CSV, b"age,days\n", 422, INVALID, "no_rows"),
    "a header without a line end": Whole(CSV, b"age,days", 422, INVALID, "no_rows"),
    "a header and blank lines": Whole(CSV, b"age,days\n\n\n", 422, INVALID, "no_rows"),
    "blank lines of ndjson": Whole(NDJSON, b"\n \n", 422, INVALID, "no_rows"),
    "parquet without rows": Whole(PARQUET, table(rows=0, age=60), 422, INVALID, "no_rows"),
    "no records": Whole(JSON, b'{"records": []}', 422, INVALID, "no_rows"),
    "one bare record": Whole(JSON, b'{"age": 60}', 422, INVALID, "type"),
    "records that are an object": Whole(JSON, b'{"records": {"age": 60}}', 422, INVALID, "type"),
    "records that are null": Whole(JSON, b'{"records": null}', 422, INVALID, "type"),
    "records and more": Whole(JSON, b'{"records": [{}], "mode": "job"}', 422, INVALID, "type"),
}


@pytest.mark.parametrize("name", WHOLE)
async def test_a_bad_upload_is_refused_before_anything_is_answered(
    small: httpx.AsyncClient, name: str
) -> None:
    for mode in ("stream", "job"):
        await refused_as_a_whole(small, WHOLE[name], mode)


async def refused_as_a_whole(small: httpx.AsyncClient, case: Whole, mode: str) -> None:
    response = await small.post(
        f"/predict-batch?mode={mode}", content=case.content, headers={"content-type": case.kind}
    )
    document = response.json()
    assert response.status_code == case.status, document
    assert response.headers["content-type"] == "application/problem+json"
    assert document["type"] == f"urn:vigia:problem:{case.slug}"
    assert document["detail"]
    assert [error["rule"] for error in document.get("errors", [])] == (
        [case.rule] if case.rule else []
    )


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


def test_the_tables_are_long_enough() -> None:
    assert len(WHOLE) + len(ROW) >= 100


async def test_an_unknown_column_comes_with_the_closest_name(small: httpx.AsyncClient) -> None:
    names = ["wieght-kg", *(f"col{i}" for i in range(12))]
    content = f"age,{','.join(names)}\n60\n".encode()
    response = await small.post("/predict-batch", content=content, headers={"content-type": CSV})
    detail = response.json()["detail"]
    assert "weight-kg" in detail
    assert all(name in detail for name in names)


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
async def test_a_packed_upload_is_refused(small: httpx.AsyncClient, encoding: str) -> None:
    headers = {"content-type": CSV, "content-encoding": encoding}
    response = await small.post("/predict-batch", content=b"age\n60\n", headers=headers)
    assert response.status_code == 415


async def test_a_mode_that_there_is_not_is_refused(small: httpx.AsyncClient) -> None:
    response = await small.post("/predict-batch?mode=fast", content=b"{}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "mode"
