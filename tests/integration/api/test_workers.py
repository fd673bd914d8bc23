"""Several workers as one service: their end under load, their metrics, slow clients."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import anyio
import httpx
import psutil
import pytest

from tests.integration.api.real_server import PATIENCE_SECONDS, Server, metric, shelve, until
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.fault

RECORD = {"age": 71, "colour": "red"}
# How often the service is ended under load; the acceptance run asks for more.
ENDINGS = int(os.environ.get("VIGIA_TEST_ENDINGS", "2"))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    (tmp_path / "shelf").mkdir()
    version = FolderRegistry(tmp_path / "shelf").register("1")
    shelve(tmp_path / "state", tmp_path / "shelf" / "1", version)
    return tmp_path / "state"


class Load:
    """Clients that ask until nobody takes their connection any more."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.answered = 0
        self.not_ready = 0
        self.dropped: list[str] = []

    async def run(self) -> None:
        """Ask without a pause, over connections that are kept as long as the server likes."""
        timeout = httpx.Timeout(30, connect=1)
        async with httpx.AsyncClient(base_url=self._url, timeout=timeout, trust_env=False) as http:
            while True:
                try:
                    answer = await http.post("/predict", json=RECORD)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    return  # nobody took it: nothing was sent
                except httpx.TransportError as error:
                    self.dropped.append(repr(error))
                    return
                if answer.status_code != 200:
                    self.dropped.append(answer.text)
                self.answered += 1

    async def probe(self) -> None:
        """Count the probes that find the service not ready."""
        async with httpx.AsyncClient(base_url=self._url, trust_env=False) as http:
            while True:
                try:
                    answer = await http.get("/readyz")
                except httpx.TransportError:
                    return
                self.not_ready += answer.status_code == 503
                await anyio.sleep(0.02)


@pytest.mark.anyio
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("ending", range(ENDINGS))
async def test_an_end_under_load_drops_no_request(state: Path, ending: int, workers: int) -> None:
    server = Server(state, workers=workers, access_log=False, rate_limit_per_second=1e6)
    with server.running() as process:
        load = Load(server.url)
        async with anyio.create_task_group() as clients:
            for _ in range(12):
                clients.start_soon(load.run)
            clients.start_soon(load.probe)
            with anyio.fail_after(PATIENCE_SECONDS):
                while load.answered < 100:  # noqa: ASYNC110 - the clients count
                    await anyio.sleep(0.05)
            before = load.answered
            process.send_signal(signal.SIGTERM)
    assert load.dropped == []
    assert load.answered > before
    assert load.not_ready > 0


def test_the_metrics_of_all_workers_add_up(state: Path) -> None:
    server = Server(state, workers=2)
    with server.running() as process:
        for _ in range(40):
            answer = httpx.post(
                f"{server.url}/predict", json={"records": [RECORD] * 3}, trust_env=False
            )
            assert answer.status_code == 200
        for _ in range(5):
            text = httpx.get(f"{server.url}/metrics", trust_env=False).text
            assert metric(text, "api_predictions_total") == 120
            assert metric(text, "api_model_info") == 1
            assert metric(text, "api_requests_in_flight") == 1
            assert "pid=" not in text
        files = list((state / "metrics").glob("counter_*.db"))
        assert len(files) == 2
        held = socket.create_connection(("127.0.0.1", server.port))
        held.sendall(b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{")
        until(lambda: in_flight(server) == 2)
        kill_workers(process)
        held.close()
        server.wait_until_ready(process, again=2)
        assert in_flight(server) == 1
        text = httpx.get(f"{server.url}/metrics", trust_env=False).text
        assert metric(text, "api_predictions_total") == 120


def in_flight(server: Server) -> float:
    """Return how many requests are under way, the question itself among them."""
    text = httpx.get(f"{server.url}/metrics", trust_env=False).text
    return metric(text, "api_requests_in_flight")


def test_a_worker_takes_its_first_connection_with_a_model(state: Path) -> None:
    server = Server(state, workers=2)
    with server.running() as process:
        kill_workers(process)
        # Connections wait in the socket that the workers share, for whoever comes first.
        for _ in range(30):
            answer = httpx.post(f"{server.url}/predict", json=RECORD, trust_env=False, timeout=60)
            assert answer.status_code == 200


def kill_workers(process: subprocess.Popen[bytes]) -> None:
    children = psutil.Process(process.pid).children()
    workers = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    for worker in workers:
        worker.kill()
    _, left = psutil.wait_procs(workers, timeout=30)
    assert not left


def test_a_client_that_trickles_is_cut_off_and_others_are_served(state: Path) -> None:
    server = Server(state, header_seconds=1, body_seconds=1, max_in_flight=4)
    with server.running():
        headers = b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 400\r\n"
        trickling = [opened(server, headers) for _ in range(50)]
        silent = [opened(server, b"") for _ in range(50)]
        slow = opened(server, headers + b"\r\n")
        started = time.monotonic()
        answer = b""
        while time.monotonic() - started < 4:
            asked = httpx.post(f"{server.url}/predict", json=RECORD, trust_env=False, timeout=2)
            assert asked.status_code == 200
            trickle(trickling, b"x")
            trickle([slow], b" ")
            answer += received(slow)
            time.sleep(0.2)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"request-timed-out" in answer
        for connection in (slow, *trickling, *silent):
            assert ended(connection)


def test_headers_without_an_end_are_cut_off_and_who_goes_away_is_no_fault(state: Path) -> None:
    headers = b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 13\r\n"
    whole = headers + b'\r\n{"age":   71}'
    server = Server(state)
    with server.running():
        for endless in (b"x-a: " + b"a" * 2**20, b"x-a: a\r\n" * 2**17):
            connection = socket.create_connection(("127.0.0.1", server.port))
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(headers + endless * 4)
            connection.settimeout(10)
            assert ended(connection)
        for gone in (whole[:-5], whole * 50):
            opened(server, gone).close()
        until(lambda: in_flight(server) == 1)
        assert httpx.post(f"{server.url}/predict", json=RECORD, trust_env=False).status_code == 200
        text = httpx.get(f"{server.url}/metrics", trust_env=False).text
    assert 'status="499"' in text
    assert 'status="500"' not in text
    assert "request_failed" not in server.log


def opened(server: Server, sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(sent)
    connection.settimeout(0)
    return connection


def trickle(connections: list[socket.socket], sent: bytes) -> None:
    for connection in connections:
        try:
            connection.send(sent)
        except (BrokenPipeError, ConnectionResetError):
            continue  # cut off, as it should be; the end of the test looks at each


def received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(4096)
    except (BlockingIOError, ConnectionResetError):
        return b""


def ended(connection: socket.socket) -> bool:
    """Tell whether the server has closed its end, whatever it said before."""
    try:
        while connection.recv(4096):
            continue
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
    else:
        return True
    finally:
        connection.close()
