"""Whole uploads over the wire: bounded memory, a free event loop, clients that go away."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.integration.api.real_server import Server, metric, shelve
from tests.unit.api.toy_models import FolderRegistry

ROWS = 100_000
LINE = b"v%d,p%d,60,72.5,3,red,250.1,no\n"
HEAD = b"visit,person,age,weight-kg,days,colour,reason,returned\n"
ALLOWED_GROWTH = 220 * 2**20

pytestmark = pytest.mark.fault


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Server, psutil.Process]]:
    (tmp_path / "shelf").mkdir()
    version = FolderRegistry(tmp_path / "shelf").register("1")
    shelve(tmp_path / "state", tmp_path / "shelf" / "1", version)
    server = Server(tmp_path / "state", batch_at_once=1)
    with server.running() as process:
        yield server, psutil.Process(process.pid)


def upload(rows: int) -> bytes:
    return HEAD + b"".join(LINE % (i, i) for i in range(rows))


def post(server: Server, content: bytes) -> httpx.Response:
    headers = {"content-type": "text/csv"}
    return httpx.post(
        f"{server.url}/predict-batch",
        content=content,
        headers=headers,
        timeout=120,
        trust_env=False,
    )


def test_memory_does_not_grow_with_the_upload(server: tuple[Server, psutil.Process]) -> None:
    service, process = server
    assert post(service, upload(1000)).status_code == 200
    before = process.memory_info().rss
    for rows in (ROWS, 5 * ROWS):
        peak = 0
        headers = {"content-type": "text/csv"}
        with (
            httpx.Client(timeout=120, trust_env=False) as client,
            client.stream(
                "POST", f"{service.url}/predict-batch", content=upload(rows), headers=headers
            ) as response,
        ):
            end = b""
            for chunk in response.iter_bytes(2**20):
                peak = max(peak, process.memory_info().rss)
                end = (end + chunk)[-200:]
        last = json.loads(end.splitlines()[-1])
        assert last == {"type": "end", "rows": rows, "scored": rows, "refused": 0}
        assert peak - before < ALLOWED_GROWTH, f"{rows} rows took {(peak - before) >> 20} MiB"


def test_others_are_served_while_an_upload_is(server: tuple[Server, psutil.Process]) -> None:
    service, _ = server
    content = upload(3 * ROWS)
    headers = {"content-type": "text/csv"}
    waits = []
    with (
        httpx.Client(trust_env=False, timeout=60) as other,
        httpx.Client(trust_env=False, timeout=120) as client,
        client.stream(
            "POST", f"{service.url}/predict-batch", content=content, headers=headers
        ) as response,
    ):
        for _ in response.iter_bytes(2**20):
            start = time.perf_counter()
            answer = other.post(f"{service.url}/predict", json={"age": 60})
            waits.append(time.perf_counter() - start)
            assert answer.status_code == 200
    waits.sort()
    assert len(waits) >= 20
    assert waits[len(waits) // 2] < 0.1
    assert waits[-1] < 1


def test_a_client_that_goes_away_ends_its_batch(server: tuple[Server, psutil.Process]) -> None:
    """One upload at once is taken: the next one shows that the turn was given back."""
    service, process = server
    content = upload(5 * ROWS)
    head = (
        f"POST /predict-batch HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\n"
        f"content-length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(head.encode() + content)
        assert connection.recv(20).startswith(b"HTTP/1.1 200")
        assert post(service, upload(10)).status_code == 503
    deadline = time.monotonic() + 20
    while post(service, upload(10)).status_code == 503:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    metrics = httpx.get(f"{service.url}/metrics", trust_env=False).text
    assert metric(metrics, "api_predictions_total") < 5 * ROWS
    assert process.is_running()


def test_an_upload_that_breaks_off_gives_its_turn_back(
    server: tuple[Server, psutil.Process],
) -> None:
    service, _ = server
    head = (
        b"POST /predict-batch HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\n"
        b"content-length: 9999\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(head + b"age\n60\n")
        time.sleep(0.2)
    deadline = time.monotonic() + 20
    while post(service, b"age\n60\n").status_code == 503:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert post(service, b"age\n60\n").status_code == 200
