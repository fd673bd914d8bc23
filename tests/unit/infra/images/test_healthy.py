from __future__ import annotations

import runpy
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pytest_socket import enable_socket

SCRIPT = Path(__file__).parents[4] / "infra" / "images" / "healthy.py"
main = runpy.run_path(str(SCRIPT))["main"]
REPORT = b'{"scheduler": {"status": "healthy"}, "triggerer": {"status": "unhealthy"}}'


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 503)
        self.end_headers()
        self.wfile.write(REPORT)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    enable_socket()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "component", "code"),
    [
        ("/health", "", 0),
        ("/health", "scheduler", 0),
        ("/health", "triggerer", 1),
        ("/away", "", 1),
    ],
)
def test_says_whether_a_service_is_healthy(
    address: str, path: str, component: str, code: int
) -> None:
    assert main(address + path, component) == code


def test_a_service_that_is_not_there_is_not_healthy() -> None:
    assert main("http://127.0.0.1:9") == 1
