"""What is uploaded, and what is answered: each format, row by row."""

from __future__ import annotations

import csv
import io
import json

import httpx
import pyarrow as pa
import pytest

from ml import bundle
from ml.bundle import LoadedModel
from ml.registry import Version
from tests import toy
from tests.unit.api.batch.uploads import (
    BREAKS_OFF,
    INPUTS,
    NDJSON,
    ROWS,
    UPLOADS,
    lines,
    post,
)
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio


@pytest.fixture
def model(registry: FolderRegistry) -> LoadedModel:
    return bundle.load(registry.folder / "1")


@pytest.mark.parametrize("name", UPLOADS)
async def test_every_format_gets_the_risks_of_the_offline_path(
    client: httpx.AsyncClient, model: LoadedModel, versions: dict[str, Version], name: str
) -> None:
    table = toy.generate(ROWS, seed=3)
    kind, write = UPLOADS[name]
    response = await post(client, write(table), kind)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == NDJSON
    start, *rows, end = lines(response)
    assert start["type"] == "start"
    assert start["model"]["digest"] == versions["1"].digest == response.headers["x-model-digest"]
    assert start["request_id"] == response.headers["x-request-id"]
    assert end == {"type": "end", "rows": ROWS, "scored": ROWS, "refused": 0}
    assert [row["row"] for row in rows] == list(range(1, ROWS + 1))
    assert [row["risk"] for row in rows] == model.predict_table(table).tolist()
    keys = table.select(["visit", "person"]).to_pylist()
    assert [row["key"] for row in rows] == keys
    expected = model.predict(table.select(INPUTS).to_pylist())
    assert [tuple(row["missing"]) for row in rows] == expected.missing
    assert [row["missing_count"] for row in rows] == [len(each) for each in expected.missing]
    assert [row["band"] for row in rows] == expected.band_names


@pytest.mark.parametrize("name", ["csv", "ndjson", "json", "parquet"])
async def test_bad_rows_are_told_and_the_others_scored(
    client: httpx.AsyncClient, model: LoadedModel, name: str
) -> None:
    rows = toy.generate(40, seed=3).to_pylist()
    good = [row for i, row in enumerate(rows) if i not in (4, 7, 39)]
    rows[4]["age"], rows[4]["colour"] = "500", "c4n4ry"
    rows[7]["visit"] = "v" * 1001
    rows[8]["colour"] = "None"
    rows[39]["reason"] = "x" * 1001
    good[6]["colour"] = "None"
    kind, write = UPLOADS[name]
    response = await post(client, write(pa.Table.from_pylist(rows)), kind)
    _, *answers, end = lines(response)
    refused = {row["row"]: row for row in answers if row["type"] == "refused"}
    told = {
        (number, error["field"], error["rule"])
        for number, row in refused.items()
        for error in row["errors"]
    }
    assert told == {
        (5, "age", "maximum"),
        (5, "colour", "enum"),
        (8, "visit", "key"),
        (40, "reason", "length"),
    }
    assert refused[5]["key"] == {"visit": "s4", "person": rows[4]["person"]}
    assert [row["row"] for row in answers] == list(range(1, 41))
    assert end == {"type": "end", "rows": 40, "scored": 37, "refused": 3}
    expected = model.predict([{name: row[name] for name in INPUTS} for row in good])
    scored = [row for row in answers if row["type"] == "row"]
    assert [row["risk"] for row in scored] == expected.risk.tolist()
    assert scored[6]["warnings"] == [{"en": "has no colour", "es": "has no colour (es)"}]
    assert "c4n4ry" not in response.text
    assert "vvv" not in response.text


async def test_rows_that_cannot_be_read_keep_their_number(client: httpx.AsyncClient) -> None:
    text = b"age,days\n60,3\n61\n62,3,4\n\n63,5\n"
    _, *rows, end = lines(await post(client, text, "text/csv"))
    assert [(row["row"], row["type"]) for row in rows] == [
        (1, "row"),
        (2, "refused"),
        (3, "refused"),
        (4, "row"),
    ]
    assert rows[1]["errors"][0]["rule"] == "fields"
    assert (end["scored"], end["refused"]) == (2, 2)


async def test_lines_that_are_no_record_are_told(client: httpx.AsyncClient) -> None:
    text = b'{"age": 60}\n\n{"age": 6\n[1]\n{"age": NaN}\n{"years": 60}\n"x"\n{}\n'
    text += b'{"age": 60, "age": 61}\n'
    long = b'{"age": 60, "colour": "' + b"x" * 2**20 + b'"}\n{"age": 61}'
    _, *rows, end = lines(await post(client, text + long, NDJSON))
    rules = {row["row"]: row["errors"][0]["rule"] for row in rows if row["type"] == "refused"}
    assert rules == {
        2: "malformed",
        3: "malformed",
        4: "malformed",
        5: "unknown_field",
        6: "malformed",
        8: "repeated_field",
        9: "length",
    }
    assert (end["rows"], end["scored"]) == (10, 3)


async def test_records_of_a_list_that_are_none_are_told(client: httpx.AsyncClient) -> None:
    body = json.dumps({"records": [{"age": 60}, 7, None, {"days": [3]}, {}]}).encode()
    _, *rows, _ = lines(await post(client, body, "application/json"))
    assert [row["type"] for row in rows] == ["row", "refused", "refused", "refused", "row"]
    assert [row["errors"][0]["rule"] for row in rows[1:4]] == ["type", "type", "type"]


async def test_csv_is_answered_where_it_is_asked_for(
    client: httpx.AsyncClient, versions: dict[str, Version]
) -> None:
    text = b"visit,colour,age\nv1,None,60\nv2,red,500\n"
    response = await post(client, text, "text/csv", accept="text/csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["x-model-digest"] == versions["1"].digest
    assert response.headers["x-model-data"] == "synthetic"
    first, second = csv.DictReader(io.StringIO(response.text))
    assert (first["row"], first["visit"], first["errors"]) == ("1", "v1", "")
    assert 0 < float(first["risk"]) < 1
    assert first["missing"] == "weight-kg | days | reason"
    assert first["warnings"] == "has no colour"
    assert (second["risk"], second["missing_count"]) == ("", "")
    assert second["errors"] == "age: must lie between 0 and 120 (maximum)"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/x-ndjson"),
        ("text/csv;q=0.5, application/x-ndjson", "application/x-ndjson"),
        ("text/csv, application/x-ndjson;q=0.5", "text/csv; charset=utf-8"),
        ("text/csv, */*;q=0.1", "text/csv; charset=utf-8"),
        ("text/csv;q=0", "application/x-ndjson"),
        ("text/csv;q=often", "application/x-ndjson"),
    ],
)
async def test_the_answer_has_the_format_that_is_preferred(
    client: httpx.AsyncClient, accept: str, expected: str
) -> None:
    response = await post(client, b"age\n60\n", "text/csv", accept=accept)
    assert response.headers["content-type"] == expected


async def test_a_text_that_cannot_be_read_on_ends_with_an_error(client: httpx.AsyncClient) -> None:
    response = await post(client, BREAKS_OFF, "text/csv")
    assert response.status_code == 200
    last = json.loads(response.text.splitlines()[-1])
    assert last["type"] == "error"
    assert last["error"]["status"] == 400
    assert "quote" in last["error"]["detail"]
