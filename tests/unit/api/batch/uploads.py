"""Uploads of every format, and what is answered to them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import httpx
import pyarrow as pa
from pyarrow import parquet

from tests import toy

CSV, JSON = "text/csv", "application/json"
NDJSON = "application/x-ndjson"
PARQUET = "application/vnd.apache.parquet"
INPUTS = [column.name for column in toy.problem.inputs]
ROWS = 500


def as_csv(table: pa.Table) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.column_names)
    writer.writerows(["" if v is None else v for v in row.values()] for row in table.to_pylist())
    return text.getvalue().encode()


def as_ndjson(table: pa.Table) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in table.to_pylist()).encode()


def as_json(table: pa.Table) -> bytes:
    return json.dumps({"records": table.to_pylist()}).encode()


def as_parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


def typed(table: pa.Table) -> pa.Table:
    """Numbers as numbers, as a table that never was a CSV has them."""
    columns = {name: table[name] for name in table.column_names}
    for name, kind in (("age", pa.int32()), ("weight-kg", pa.float64()), ("days", pa.int64())):
        columns[name] = columns[name].cast(kind)
    return pa.table(columns)


UPLOADS = {
    "csv": ("text/csv", as_csv),
    "csv with a charset": ("text/csv; charset=UTF-8; header=present", as_csv),
    "csv with a mark": ("text/csv", lambda table: b"\xef\xbb\xbf" + as_csv(table)),
    "csv without its last line end": ("text/csv", lambda table: as_csv(table).rstrip()),
    "ndjson": (NDJSON, as_ndjson),
    "jsonl of numbers": ("application/jsonl", lambda table: as_ndjson(typed(table))),
    "json": ("application/json", as_json),
    "json of numbers": ("application/json", lambda table: as_json(typed(table))),
    "parquet": (PARQUET, as_parquet),
    "parquet of numbers": ("application/x-parquet", lambda table: as_parquet(typed(table))),
    "columns in another order": (
        "text/csv",
        lambda table: as_csv(table.select(sorted(table.column_names, reverse=True))),
    ),
}


_LINE = b"60,red" + b" " * 400 + b"\n"
# An open quote that swallows more than a block of the reader, after a block that is good.
BREAKS_OFF = b"age,colour\n" + _LINE * 12_000 + b'60,"red\n' + _LINE * 30_000


async def post(
    client: httpx.AsyncClient, content: bytes, kind: str, **headers: str
) -> httpx.Response:
    return await client.post(
        "/predict-batch", content=content, headers={"content-type": kind, **headers}
    )


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in response.text.splitlines()]


def table(*, rows: int = 2, **columns: Any) -> bytes:
    """A Parquet file; columns as arrays, or as values for every row."""
    made = {
        name: values if isinstance(values, pa.Array) else pa.array([values] * rows)
        for name, values in columns.items()
    }
    sink = io.BytesIO()
    parquet.write_table(pa.table(made), sink)
    return sink.getvalue()
