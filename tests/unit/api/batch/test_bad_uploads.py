"""Bad uploads that are refused as a whole, and what they are answered."""

from __future__ import annotations

from typing import NamedTuple

import httpx
import pyarrow as pa
import pytest

from tests.unit.api.batch.uploads import CSV, JSON, NDJSON, PARQUET, table

pytestmark = pytest.mark.anyio

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


def test_the_table_is_long_enough() -> None:
    assert len(WHOLE) >= 60


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
