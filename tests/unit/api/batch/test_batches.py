from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

from api.settings import Settings
from ml import bundle
from ml.bundle import LoadedModel
from ml.registry import Version
from tests import toy
from tests.integration.api.real_server import metric
from tests.unit.api.running import running, until
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio

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


@pytest.fixture
def model(registry: FolderRegistry) -> LoadedModel:
    return bundle.load(registry.folder / "1")


async def post(
    client: httpx.AsyncClient, content: bytes, kind: str, **headers: str
) -> httpx.Response:
    return await client.post(
        "/predict-batch", content=content, headers={"content-type": kind, **headers}
    )


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    return [json.loads(line) for line in response.text.splitlines()]


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
    assert [row["band"] for row in rows] == [band.name for band in expected.bands]


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
    long = b'{"age": 60, "colour": "' + b"x" * 2**20 + b'"}\n{"age": 61}'
    _, *rows, end = lines(await post(client, text + long, NDJSON))
    rules = {row["row"]: row["errors"][0]["rule"] for row in rows if row["type"] == "refused"}
    assert rules == {
        2: "malformed",
        3: "malformed",
        4: "malformed",
        5: "unknown_field",
        6: "malformed",
        8: "length",
    }
    assert (end["rows"], end["scored"]) == (9, 3)


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


_LINE = b"60,red" + b" " * 400 + b"\n"
# An open quote that swallows more than a block of the reader, after a block that is good.
BREAKS_OFF = b"age,colour\n" + _LINE * 12_000 + b'60,"red\n' + _LINE * 30_000


async def test_a_text_that_cannot_be_read_on_ends_with_an_error(client: httpx.AsyncClient) -> None:
    response = await post(client, BREAKS_OFF, "text/csv")
    assert response.status_code == 200
    last = json.loads(response.text.splitlines()[-1])
    assert last["type"] == "error"
    assert last["error"]["status"] == 400
    assert "quote" in last["error"]["detail"]


async def test_a_batch_is_in_the_history_row_by_row(client: httpx.AsyncClient) -> None:
    for kind, write in (UPLOADS["csv"], UPLOADS["ndjson"]):
        table = toy.generate(30, seed=9)
        _, *rows, _ = lines(await post(client, write(table), kind))
        assert len({row["id"] for row in rows}) == 30
        kept = (await client.get(f"/predictions/{rows[4]['id']}")).json()
        assert kept["risk"] == rows[4]["risk"]
        assert kept["inputs"]["age"] == table["age"][4].as_py()
        assert "visit" not in kept["inputs"]
        assert "person" not in kept["inputs"]


async def test_predictions_are_counted(client: httpx.AsyncClient) -> None:
    await post(client, as_csv(toy.generate(25, seed=1)), "text/csv")
    metrics = (await client.get("/metrics")).text
    assert metric(metrics, "api_predictions_total") == 25
    assert 'api_predictions_total{band="' in metrics


@pytest.fixture
async def busy(settings: Settings, registry: FolderRegistry) -> AsyncIterator[httpx.AsyncClient]:
    """An application that takes a single upload at once."""
    few = settings.model_copy(update={"batch_at_once": 1})
    async with running(few, registry) as client:
        assert (await client.post("/reload-model")).status_code == 200
        yield client


async def test_a_turn_is_given_back_whatever_happens(busy: httpx.AsyncClient) -> None:
    for content, kind, status in (
        (b"age\n60\n", "text/csv", 200),
        (b"", "text/csv", 400),
        (b"years\n60\n", "text/csv", 422),
        (b"x", "text/xml", 415),
        (b"age\n\xff\n", "text/csv", 400),
        (b"age\n60\n", "text/csv", 200),
    ):
        assert (await post(busy, content, kind)).status_code == status


async def job_of(client: httpx.AsyncClient, content: bytes, kind: str, **headers: str) -> str:
    response = await client.post(
        "/predict-batch?mode=job", content=content, headers={"content-type": kind, **headers}
    )
    assert response.status_code == 202, response.text
    job = response.json()
    assert response.headers["location"] == f"/predict-batch/jobs/{job['job']}"
    return str(response.headers["location"])


async def ended(client: httpx.AsyncClient, job: str) -> dict[str, Any]:
    async def over() -> bool:
        return (await client.get(job)).json()["state"] not in ("waiting", "running")

    await until(over)
    found: dict[str, Any] = (await client.get(job)).json()
    return found


async def test_a_job_has_the_result_of_a_stream(client: httpx.AsyncClient) -> None:
    content = as_csv(toy.generate(ROWS, seed=3))
    job = await job_of(client, content, "text/csv")
    state = await ended(client, job)
    assert (state["state"], state["rows_done"], state["rows_total"]) == ("done", ROWS, ROWS)
    result = await client.get(f"{job}/result")
    assert result.headers["content-type"] == NDJSON
    streamed = lines(await post(client, content, "text/csv"))
    found = lines(result)
    assert [row.get("risk") for row in found] == [row.get("risk") for row in streamed]
    assert found[-1] == streamed[-1]


async def test_a_job_can_be_answered_as_csv_and_deleted(client: httpx.AsyncClient) -> None:
    job = await job_of(client, b"age\n60\n", "text/csv", accept="text/csv")
    await ended(client, job)
    assert (await client.get(f"{job}/result")).text.startswith("row,id,risk,")
    assert (await client.delete(job)).status_code == 204
    for method, path in (("GET", job), ("GET", f"{job}/result"), ("DELETE", job)):
        response = await client.request(method, path)
        assert response.status_code == 404
        assert response.json()["type"] == "urn:vigia:problem:unknown-job"


async def test_a_job_whose_upload_breaks_off_has_failed(client: httpx.AsyncClient) -> None:
    job = await job_of(client, BREAKS_OFF, "text/csv")
    state = await ended(client, job)
    assert state["state"] == "failed"
    assert state["error"]["status"] == 400
    response = await client.get(f"{job}/result")
    assert response.status_code == 409
    assert "send it again" in response.json()["detail"]


@pytest.mark.parametrize("job", ["0" * 32, "x", "..%2f..%2fsecret", "0" * 31 + "G"])
async def test_an_unknown_job_is_not_found(client: httpx.AsyncClient, job: str) -> None:
    response = await client.get(f"/predict-batch/jobs/{job}")
    assert response.status_code == 404


async def test_a_restart_keeps_what_is_done_and_says_what_was_lost(
    settings: Settings, registry: FolderRegistry
) -> None:
    slow = as_csv(toy.generate(60_000, seed=1))
    async with running(settings, registry) as client:
        await client.post("/reload-model")
        done = await job_of(client, b"age\n60\n", "text/csv")
        await ended(client, done)
        first = await job_of(client, slow, "text/csv")
        second = await job_of(client, slow, "text/csv")
    async with running(settings, registry) as client:
        assert (await client.get(f"{done}/result")).status_code == 200
        # The first may have ended before the stop, the second waited for it.
        assert (await client.get(first)).json()["state"] in ("done", "interrupted")
        assert (await client.get(second)).json()["state"] == "interrupted"
        assert (await client.get(f"{second}/result")).status_code == 409


async def test_no_more_jobs_are_kept_than_the_setting_says(
    settings: Settings, registry: FolderRegistry
) -> None:
    few = settings.model_copy(update={"batch_jobs": 1})
    async with running(few, registry) as client:
        await client.post("/reload-model")
        job = await job_of(client, b"age\n60\n", "text/csv")
        response = await client.post(
            "/predict-batch?mode=job", content=b"age\n60\n", headers={"content-type": "text/csv"}
        )
        assert response.status_code == 503
        assert "retry-after" in response.headers
        assert (await client.delete(job)).status_code == 204
        await job_of(client, b"age\n60\n", "text/csv")


async def test_results_are_removed_when_their_time_is_over(
    settings: Settings, registry: FolderRegistry
) -> None:
    short = settings.model_copy(update={"batch_keep_hours": 1e-6})
    async with running(short, registry) as client:
        await client.post("/reload-model")
        job = await job_of(client, b"age\n60\n", "text/csv")
        await until(lambda: _gone(client, job))
        await job_of(client, b"age\n60\n", "text/csv")
        assert len(kept_in(settings)) == 1


def kept_in(settings: Settings) -> list[Path]:
    return list((settings.batch_dir / "jobs").iterdir())


async def _gone(client: httpx.AsyncClient, job: str) -> bool:
    return (await client.get(job)).status_code == 404


async def test_an_upload_leaves_nothing_on_disk(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    await post(client, as_csv(toy.generate(100, seed=1)), "text/csv")
    assert list(settings.batch_dir.iterdir()) == []


async def test_without_a_model_nothing_is_read(
    settings: Settings, registry: FolderRegistry
) -> None:
    registry.promoted = None
    async with running(settings, registry) as client:
        response = await post(client, b"age\n60\n", "text/csv")
        assert response.status_code == 503
        assert response.json()["type"] == "urn:vigia:problem:no-model"
