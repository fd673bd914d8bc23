"""One id, from what a visitor reads on a page to the rows that the model learned from."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest
import sqlalchemy as sa

from api.history.database import connect
from api.history.migrate import migrate
from ml import bundle
from ml.registry import PRODUCTION, Registry, Version, record
from ml.registry.client import HASH_TAG
from ml.training import Trained
from tests.integration.api.real_server import ROOT, Server, metric, until
from tests.integration.collector import Collector, collecting
from tests.unit.api.toy_models import train

ASK = Path(__file__).with_name("ask_by_page.py")
DATA_HASH = "5eed" * 16
# What is sent about the patient, and nobody else writes.
CANARY = "c4n4ry-patient"


class Platform(NamedTuple):
    """A running service, and where it leaves what it does."""

    server: Server
    collector: Collector
    database: str
    registry: Registry
    version: Version


@pytest.fixture
def version(mlflow_uri: str, tmp_path: Path) -> Iterator[Version]:
    """A toy model in production that learned from rows of a known hash."""
    content = train(tmp_path / "draft").content
    lineage = content.lineage | {"data_hash": DATA_HASH}
    content = msgspec.structs.replace(content, lineage=lineage)
    folder = tmp_path / "bundle"
    registry = Registry(mlflow_uri)
    made = record(registry, Trained(folder, bundle.write(content, folder), content), "a run")
    registry.client.set_registered_model_alias("toy", PRODUCTION, made.number)
    yield made
    registry.client.delete_registered_model("toy")


@pytest.fixture
def platform(
    version: Version,
    mlflow_uri: str,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Platform]:
    migrate(connect(database_url))
    monkeypatch.setenv("DATABASE_URL", database_url)
    with collecting() as collector:
        server = Server(
            tmp_path / "state",
            mlflow_tracking_uri=mlflow_uri,
            history="on",
            otlp_endpoint=collector.url,
        )
        server.state.mkdir()
        with server.running():
            yield Platform(server, collector, database_url, Registry(mlflow_uri), version)


def ask(platform: Platform) -> tuple[str, list[dict[str, Any]]]:
    """Ask by the page; return what is printed there, and the page's own log."""
    environment = {name: value for name, value in os.environ.items() if "VIGIA" not in name}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "NO_PROXY": "127.0.0.1",
        "VIGIA_API_URL": platform.server.url,
        "VIGIA_API_TIMEOUT_SECONDS": "60",
        "VIGIA_OTLP_ENDPOINT": platform.collector.url,
    }
    done = subprocess.run(
        [sys.executable, str(ASK)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = lines_of(done.stdout)
    printed = "\n".join(next(line["captions"] for line in lines if "captions" in line))
    return printed, lines


def lines_of(log: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]


def test_the_id_on_the_page_finds_everything(platform: Platform) -> None:
    printed, own_log = ask(platform)
    (request_id,) = re.findall(r"Request ([0-9a-f]{32})", printed)

    asked = [line for line in own_log if line.get("request_id") == request_id]
    assert [(line["event"], line["service"], line["status"]) for line in asked] == [
        ("asked", "ui", 200)
    ]

    log = lines_of(platform.server.log)
    served = [line for line in log if line.get("request_id") == request_id]
    assert [(line["event"], line["service"]) for line in served] == [("request", "api")]
    assert served[0]["route"].endswith("/explain")

    engine = sa.create_engine(platform.database)
    query = sa.text("SELECT * FROM prediction WHERE request_id = :id")
    with engine.connect() as connection:
        until(lambda: connection.execute(query, {"id": request_id}).first() is not None)
        (row,) = connection.execute(query, {"id": request_id}).mappings()
    engine.dispose()

    names = {"ui: POST", f"api: POST {served[0]['route']}", "api: history write"}
    until(lambda: names <= platform.collector.of(request_id).keys())
    spans = platform.collector.of(request_id)
    page, service, written = (spans[name] for name in sorted(names, key=_depth))
    assert (page.parent_id, service.parent_id) == ("", page.span_id)
    assert written.parent_id == service.span_id
    assert service.attributes["vigia.request_id"] == request_id

    version = platform.registry.version("toy", row["model_version"])
    assert (version.number, version.digest) == (platform.version.number, row["model_digest"])
    assert platform.registry.tags(version)[HASH_TAG] == DATA_HASH
    run = platform.registry.client.get_run(version.run_id)
    assert run.data.tags[HASH_TAG] == DATA_HASH
    folder = platform.server.state / "bundles" / row["model_digest"]
    assert bundle.load(folder).info["lineage"]["data_hash"] == DATA_HASH


def _depth(name: str) -> tuple[bool, bool]:
    return name.startswith("api"), name.endswith("write")


def test_traces_hold_nothing_of_a_patient_or_of_what_a_caller_invents(platform: Platform) -> None:
    trace_id, span_id = "ab" * 16, "cd" * 8
    headers = {
        "traceparent": f"00-{trace_id}-{span_id}-01",
        "tracestate": f"vendor={CANARY}",
        "baggage": f"patient={CANARY}",
        "user-agent": CANARY,
    }
    with httpx.Client(base_url=platform.server.url, trust_env=False, headers=headers) as client:
        record = {"age": 71.0625, "person": CANARY, "colour": "red"}
        assert client.post("/predict", json=record).status_code == 422
        assert client.post("/predict", json=record | {"age": 71}).status_code == 200
        assert client.post("/predict", json={"age": CANARY}).status_code == 422
        assert client.get(f"/predictions?patient={CANARY}").status_code == 200
        assert client.get(f"/{CANARY}").status_code == 404
        client.request("CANARY", "/predict")
        shown = client.get("/metrics").text
    assert metric(shown, "api_errors_total") >= 3
    names = {"api: POST /predict", "api: GET /predictions", "api: history write"}
    until(lambda: names <= platform.collector.of(trace_id).keys())
    assert platform.collector.of(trace_id)["api: GET /predictions"].parent_id == span_id
    for mark in (CANARY, "CANARY", "71.0625"):
        assert mark.encode() not in platform.collector.raw, mark
        assert mark not in platform.server.log
        assert mark not in shown


def test_without_a_collector_no_trace_is_made(
    version: Version, mlflow_uri: str, tmp_path: Path
) -> None:
    with collecting() as collector:
        server = Server(tmp_path / "state", mlflow_tracking_uri=mlflow_uri)
        server.state.mkdir()
        with server.running():
            headers = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
            answer = httpx.post(
                f"{server.url}/predict", json={"age": 71}, headers=headers, trust_env=False
            )
            assert answer.status_code == 200
    assert not collector.spans
