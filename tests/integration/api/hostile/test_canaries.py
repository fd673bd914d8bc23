"""What is sent about a patient is in the history, and nowhere else.

A canary of its own goes into every field of every way in, with good requests and bad ones, to
a real service with a real MLflow behind it. Then everything that any of them wrote is searched.
The id of a request is not a patient's: one that is well-formed is logged as it came.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

from api.security.callers import Role
from api.webhooks import signature
from ml.problems import Problem
from ml.problems.contract import Category, Code, Identifier, Number
from ml.registry import PRODUCTION, Registry, record
from tests.integration.api.hostile.conftest import DECLARED, Keys, guarded
from tests.integration.api.real_server import Server, until
from tests.integration.mlflow_server import MlflowServer
from tests.unit.api.toy_models import train

CANARY = "c4n4ry"
SECRET = "s" * 32
# Numbers within any range are of a few digits, which stand in every log. These zeros do not.
ZEROS = "." + "0" * 25
UPLOADS = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}


class Asked(NamedTuple):
    """A request, and whether it is one that is answered with a prediction."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]
    good: bool


def good(problem: Problem) -> dict[str, str | int | float]:
    """Return a record within the contract that can be told from all others."""
    found: dict[str, str | int | float] = {}
    for column in problem.columns:
        match column:
            case Number(integer=False):
                width = column.maximum - column.minimum
                found[column.name] = round(column.minimum + 0.38251907 * width, 7)
            case Number():
                found[column.name] = f"{column.maximum:.0f}{ZEROS}{'0' * len(found)}"
            case Category():
                found[column.name] = next(iter(column.values))
            case Code():
                found[column.name] = unusual(column)
            case Identifier():
                found[column.name] = f"{CANARY}-{column.name}"
    return found | {problem.target.column: f"{CANARY}-outcome"}


def unusual(column: Code) -> str:
    """Return a code that nobody else writes."""
    for code in ("V87.31", "87.31", "C4N4RYPC", "Canary-Specialty"):
        try:
            return str(column.read(code))
        except ValueError:
            continue
    raise AssertionError(column.name)


def marks(problem: Problem) -> list[str]:
    """Return how the record looks where it was written down."""
    record = good(problem)
    named = {column.name for column in problem.columns if not isinstance(column, Category)}
    return [CANARY, ZEROS, *(str(v) for n, v in record.items() if n in named and "." in str(v))]


def bad(problem: Problem) -> Iterator[dict[str, Any]]:
    """Yield records, each with one field that breaks the contract."""
    for column in problem.columns:
        if not isinstance(column, Identifier):
            yield good(problem) | {column.name: f"{CANARY}-{column.name}"}
            yield good(problem) | {column.name: [f"{CANARY}-{column.name}"]}
    yield good(problem) | {"note": f"{CANARY}-note"}


def as_upload(kind: str, rows: list[dict[str, Any]]) -> bytes:
    if kind == "json":
        return json.dumps({"records": rows}).encode()
    if kind == "ndjson":
        return b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    texts = [{name: str(value) for name, value in row.items()} for row in rows]
    if kind == "csv":
        made = io.StringIO()
        writer = csv.DictWriter(made, list(texts[0]))
        writer.writeheader()
        writer.writerows(texts)
        return made.getvalue().encode()
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(texts), sink)
    return sink.getvalue()


def tensors(row: dict[str, Any]) -> bytes:
    inputs = [
        {
            "name": name,
            "shape": [1],
            "datatype": "BYTES" if isinstance(value, str) else "FP64",
            "data": [value],
        }
        for name, value in row.items()
        if not isinstance(value, list)
    ]
    return json.dumps({"id": f"{CANARY}-id", "inputs": inputs}).encode()


def requests(problem: Problem) -> Iterator[Asked]:
    """Yield requests of one problem with a canary in every place that a caller fills in."""
    prefix, infer = f"/models/{problem.name}", f"/v2/models/{problem.name}/infer"
    fine = good(problem)
    for path, rows in itertools.product(("/predict", "/explain"), ([fine], [fine, fine])):
        yield Asked("POST", prefix + path, as_upload("json", rows), {}, good=True)
    yield Asked("POST", infer, tensors(fine), {}, good=True)
    for row in bad(problem):
        for path in ("/predict", "/explain"):
            yield Asked("POST", prefix + path, json.dumps(row).encode(), {}, good=False)
        yield Asked("POST", infer, tensors(row), {}, good=False)
    for kind, media_type in UPLOADS.items():
        headers = {"content-type": media_type}
        body = as_upload(kind, [fine, fine | {problem.inputs[0].name: f"{CANARY}-bad"}])
        yield Asked("POST", f"{prefix}/predict-batch", body, headers, good=True)
        cut = body[: len(body) - 9] + f"{CANARY}\xff".encode("latin-1")
        yield Asked("POST", f"{prefix}/predict-batch", cut, headers, good=False)
    outcome = {"prediction_id": f"{CANARY}-id", "outcome": CANARY, "observed_at": CANARY}
    for told in (outcome, {"note": CANARY}, {"records": [outcome | {"note": CANARY}]}):
        yield Asked("POST", f"{prefix}/outcomes", json.dumps(told).encode(), {}, good=False)
    for query in ("patient", "version", "band", "channel", "request_id", "from", "cursor", CANARY):
        yield Asked("GET", f"{prefix}/predictions?{query}={CANARY}", b"", {}, good=False)


def strays() -> Iterator[Asked]:
    """Yield requests of no problem: addresses, headers and bodies that are nothing."""
    for path in (f"/{CANARY}", f"/models/{CANARY}/predict", f"/v2/models/{CANARY}/infer"):
        yield Asked("POST", path, b"{}", {}, good=False)
    for path in (f"/predictions/{CANARY}", f"/predict-batch/jobs/{CANARY}", f"/docs/{CANARY}"):
        yield Asked("GET", path, b"", {}, good=False)
    for body in (CANARY, f'{{"{CANARY}"', f'{{"records": "{CANARY}"}}', f'{{"a": {CANARY}}}'):
        yield Asked("POST", "/predict", body.encode(), {}, good=False)
    for name in ("x-request-id", "user-agent", "referer", "cookie", "traceparent", "baggage"):
        yield Asked("POST", "/predict", b"{}", {name: f"{CANARY} {CANARY}"}, good=False)
    for name in ("content-type", "accept", "origin", "x-forwarded-for", "x-api-key", "if-match"):
        yield Asked("POST", "/predict", b"{}", {name: CANARY}, good=False)
    yield Asked(CANARY.upper(), "/predict", b"{}", {}, good=False)
    event = {"entity": CANARY, "action": "created", "timestamp": CANARY, "data": {"name": CANARY}}
    yield Asked("POST", "/webhooks/registry", json.dumps(event).encode(), {}, good=False)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files of the service."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[MlflowServer]:
    """An MLflow of which all that it writes lies in the test's folder."""
    folder = tmp_path / "mlflow"
    folder.mkdir()
    running = MlflowServer(folder)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def watched(
    own_server: MlflowServer, state: Path, made: Keys, temporary: Path, tmp_path: Path
) -> Server:
    """A service that serves what is promoted in a real MLflow."""
    registry = Registry(own_server.url)
    for problem in DECLARED:
        trained = train(tmp_path / problem.name, intercept=0.25, problem=problem)
        version = record(registry, trained, "test")
        registry.client.set_registered_model_alias(problem.name, PRODUCTION, version.number)
    return guarded(
        state,
        mlflow_tracking_uri=own_server.url,
        poll_seconds=0.5,
        webhook_secret=SECRET,
        batch_at_once=16,
    )


@pytest.mark.soak  # `test_security.py` shows the same of predictions, without MLflow, every day
@pytest.mark.timeout(900)
def test_a_canary_is_in_the_history_and_nowhere_else(
    watched: Server, made: Keys, temporary: Path, tmp_path: Path
) -> None:
    with watched.running():
        headers = {"x-api-key": made[Role.CLINICIAN]}
        with httpx.Client(
            base_url=watched.url, headers=headers, trust_env=False, timeout=120
        ) as client:
            until(lambda: serves_what_is_promoted(client))
            for asked in all_requests():
                check(client, asked)
            run_jobs(client)
            deliver(client)
            until(lambda: is_settled(client))
        metrics = httpx.get(
            f"{watched.url}/metrics",
            headers={"x-api-key": made[Role.OPERATOR]},
            trust_env=False,
        ).text
    written = {"metrics": metrics.encode()} | files(tmp_path) | files(watched.state)
    history = {name for name in written if name.startswith("history.db")}
    kept = b"".join(written.pop(name) for name in history)
    assert {"metrics", "api.log", "mlflow/mlflow.db", "mlflow/log"} <= written.keys()
    for mark in {mark for problem in DECLARED for mark in marks(problem)}:
        assert mark.encode() in kept, mark
        found = [name for name, content in written.items() if mark.encode() in content]
        assert not found, (mark, found)
    assert not list(temporary.iterdir())


def all_requests() -> Iterator[Asked]:
    for problem in DECLARED:
        yield from requests(problem)
    yield from strays()


def check(client: httpx.Client, asked: Asked) -> None:
    answer = client.request(asked.method, asked.path, content=asked.body, headers=asked.headers)
    assert answer.status_code < 500, (asked.path, answer.text)
    if asked.good:
        assert answer.status_code == 200, (asked.path, answer.text)
        assert '"type":"error"' not in answer.text, answer.text
    if answer.status_code >= 400:
        named = answer.text.replace(f"`{CANARY}`", "")  # the caller's own word for a field
        assert f"{CANARY}-" not in named, (asked.path, answer.text)
        assert ZEROS not in answer.text, (asked.path, answer.text)


def serves_what_is_promoted(client: httpx.Client) -> bool:
    models = client.get("/models").json()["models"]
    return all(model["registry"] == "reachable" for model in models)


def run_jobs(client: httpx.Client) -> None:
    """Let uploads be answered in the background, fetch each answer and have it removed."""
    for problem, (kind, media_type) in itertools.product(DECLARED, UPLOADS.items()):
        address = f"/models/{problem.name}/predict-batch"
        body = as_upload(kind, [good(problem)])
        sent = client.post(
            f"{address}?mode=job", content=body, headers={"content-type": media_type}
        )
        assert sent.status_code == 202, sent.text
        job = sent.headers["location"]
        until(lambda job=job: client.get(job).json()["state"] == "done")  # type: ignore[misc] # mypy infers no default
        assert client.get(f"{job}/result").status_code == 200
        assert client.delete(job).status_code == 204


def deliver(client: httpx.Client) -> None:
    """Send a signed delivery that holds more than it should."""
    event = {
        "entity": "model_version_alias",
        "action": "created",
        "timestamp": "2026-11-02T10:00:00+00:00",
        "data": {"name": "toy", "alias": "production", "version": "1", "note": CANARY},
    }
    body = json.dumps(event).encode()
    now = str(int(time.time()))
    headers = {
        signature.DELIVERY: "d-1",
        signature.TIMESTAMP: now,
        signature.SIGNATURE: signature.sign("d-1", now, body, SECRET),
    }
    answer = client.post("/webhooks/registry", content=body, headers=headers)
    assert answer.status_code == 202, answer.text


def is_settled(client: httpx.Client) -> bool:
    return all(
        client.get(f"/models/{problem.name}/predictions").json()["pending"] == 0
        for problem in DECLARED
    )


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder, by its path there."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
