"""Outside development, over real connections: nothing without a key, and no value in a log."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from ml import problems
from tests.integration.api.real_server import ROOT, Server, metric, shelve, until
from tests.unit.api.toy_models import FolderRegistry

CANARY = "c4n4ry"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "shelf").mkdir()
    version = FolderRegistry(tmp_path / "shelf").register("1")
    shelve(tmp_path / "state", tmp_path / "shelf" / "1", version)
    return tmp_path / "state"


def command(state: Path, *arguments: str) -> str:
    """Run `python -m api.security` as a person does, and return what it prints."""
    file = str(state / "api-keys.json")
    done = subprocess.run(
        (sys.executable, "-m", "api.security", "--file", file, *arguments),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def client(server: Server, key: str = "") -> httpx.Client:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=10)


def test_outside_development_it_does_not_start_without_keys(state: Path) -> None:
    server = Server(state, environment="production")
    assert server.start().wait(60) != 0
    assert "add-key" in server.log


def test_outside_development_it_does_not_start_open(state: Path) -> None:
    server = Server(state, environment="production", auth="off")
    assert server.start().wait(60) != 0
    assert "VIGIA_AUTH" in server.log


def test_a_key_opens_what_its_role_may_until_it_is_revoked(state: Path) -> None:
    clinician = command(state, "add-key", "--role", "clinician", "--name", "ward-3")
    server = Server(state, environment="production", workers=2)
    with server.running(), client(server) as nobody, client(server, clinician) as ward:
        assert nobody.post("/predict", json={"age": 60}).status_code == 401
        assert ward.post("/predict", json={"age": 60}).status_code == 200
        assert ward.post("/reload-model").status_code == 403
        assert "server" not in ward.get("/models").headers
        monitor = command(state, "add-key", "--role", "monitor", "--name", "prometheus")
        with client(server, monitor) as prometheus:
            assert metric(prometheus.get("/metrics").text, "api_predictions_total") == 1
        command(state, "revoke-key", clinician[6:18])
        until(lambda: refused_everywhere(server, clinician))
    assert clinician not in server.log
    assert clinician[19:] not in server.log


def refused_everywhere(server: Server, key: str) -> bool:
    """Ask over new connections, which reach every worker."""

    def refused() -> bool:
        with client(server, key) as asked:
            return asked.post("/predict", json={"age": 60}).status_code == 401

    return all(refused() for _ in range(10))


def test_a_canary_in_every_field_reaches_neither_log_nor_metrics(state: Path) -> None:
    operator = command(state, "add-key", "--role", "operator", "--name", "op")
    server = Server(state, environment="production", failures_per_minute=100_000)
    with server.running(), client(server, operator) as asked:
        for number, (method, path, body, headers) in enumerate(poisoned()):
            answer = asked.request(method, path, content=body, headers=headers)
            assert answer.status_code < 500, (number, answer.text)
        metrics = asked.get("/metrics").text
    assert number > 50
    assert CANARY not in metrics
    assert CANARY not in server.log
    assert "9871236" not in metrics + server.log
    for file in state.rglob("*"):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file


def poisoned() -> Any:
    """Yield requests with a canary in every place that a caller fills in."""
    values = (f'"{CANARY}"', "9871236", f'["{CANARY}"]', f'{{"{CANARY}": "{CANARY}"}}')
    names = [*(column.name for column in problems.find("toy").columns), CANARY]
    for name, value in itertools.product(names, values):
        yield "POST", "/predict", f'{{"records": [{{"{name}": {value}}}]}}'.encode(), {}
        yield "POST", "/models/toy/predict", f'{{"{name}": {value}}}'.encode(), {}
    for body in (
        CANARY,
        f'{{"{CANARY}"',
        f'{{"records": "{CANARY}"}}',
        f'{{"{CANARY}":1,"{CANARY}":2}}',
    ):
        yield "POST", "/predict", body.encode(), {}
    for path in (f"/{CANARY}", f"/models/{CANARY}/predict", f"/predict?{CANARY}={CANARY}"):
        yield "POST", path, f'{{"colour": "{CANARY}"}}'.encode(), {}
    for header in ("x-request-id", "content-type", "user-agent", "referer", "cookie", "x-api-key"):
        yield "POST", "/predict", b'{"age": 60}', {header: f"{CANARY} {CANARY}"}
    yield "POST", "/predict", b"{}", {"authorization": f"Bearer {CANARY}"}
    yield CANARY.upper(), "/predict", b"{}", {}
