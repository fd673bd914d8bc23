"""Sources behind addresses, from a web server on this machine."""

from __future__ import annotations

import gzip
import hashlib
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from ml.data.source import csv_of, fetch
from ml.errors import SourceInvalid, SourceUnavailable
from ml.problems.problem import Problem
from ml.settings import Settings
from tests.ports import free_port
from tests.toy import problem

TEXT = ",".join(problem.names) + "\ns1,p1,60,70.5,3,red,401,no\n"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()


class Handler(BaseHTTPRequestHandler):
    requests: list[str]

    def do_GET(self) -> None:  # the library's name
        self.requests.append(self.path)
        path = self.path.partition("?")[0]
        if path == "/moved":
            self.answer(302, b"", Location="/toy.csv")
        elif path == "/silent":
            threading.Event().wait(3)
        elif path == "/cut":
            self.answer(200, b"visit", **{"Content-Length": "100"})
        elif path == "/encoded":
            self.answer(200, gzip.compress(TEXT.encode()), **{"Content-Encoding": "gzip"})
        elif path in {"/toy.csv", "/toy.gz"}:
            packed = gzip.compress(TEXT.encode())
            self.answer(200, packed if path == "/toy.gz" else TEXT.encode())
        elif path == "/endless":
            self.answer(200, b"x" * 300_000)
        else:
            self.answer(404, b"not here")

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    Handler.requests = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield serving
        serving.shutdown()


@pytest.fixture
def base(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path, source_timeout_seconds=0.5, source_max_bytes=100_000)


def declaring(url: str, sha256: str) -> Problem:
    source = msgspec.structs.replace(problem.source, url=url, sha256=sha256)
    return msgspec.structs.replace(problem, source=source)


@pytest.mark.parametrize("path", ["/toy.csv", "/toy.gz", "/moved", "/encoded"])
def test_an_address_is_fetched(base: str, settings: Settings, path: str) -> None:
    delivery = fetch(problem, base + path, settings)
    assert (delivery.digest, delivery.rows, delivery.source) == (DIGEST, 1, base + path)


def test_credentials_are_shown_nowhere(
    base: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    signed = base.replace("//", "//someone:hidden-word@") + "/toy.csv?signature=hidden-word"
    with caplog.at_level(logging.DEBUG):
        delivery = fetch(problem, signed, settings)
        with pytest.raises(SourceUnavailable) as caught:
            fetch(problem, signed.replace("toy", "gone"), settings)
    assert delivery.source == f"{base}/toy.csv"
    assert "hidden-word" not in caplog.text + str(caught.value)
    assert "signature=hidden-word" in Handler.requests[0]


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/gone", "HTTP 404"), ("/silent", "ReadTimeout"), ("/cut", "RemoteProtocolError")],
)
def test_a_failing_server_is_named_with_the_way_out(
    base: str, settings: Settings, path: str, reason: str
) -> None:
    with pytest.raises(SourceUnavailable, match=reason) as caught:
        fetch(problem, base + path, settings)
    assert base + path in str(caught.value)
    assert "VIGIA_TOY_SOURCE" in str(caught.value)
    assert "make run" in str(caught.value)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "127.0.0.1:{port}", "[::bad"])
def test_nobody_answers(settings: Settings, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SourceUnavailable, match="VIGIA_TOY_SOURCE"):
        fetch(problem, f"http://{host.format(port=free_port())}/toy.csv", settings)


def test_an_endless_answer_is_cut_off(base: str, settings: Settings) -> None:
    with pytest.raises(SourceInvalid, match="VIGIA_SOURCE_MAX_BYTES"):
        fetch(problem, f"{base}/endless", settings)


def test_a_declared_digest_saves_the_second_download(base: str, settings: Settings) -> None:
    declared = declaring(f"{base}/toy.csv", DIGEST)
    assert fetch(declared, "", settings) == fetch(declared, "", settings)
    assert Handler.requests == ["/toy.csv"]


def test_a_spoilt_cache_is_fetched_again(base: str, settings: Settings) -> None:
    declared = declaring(f"{base}/toy.csv", DIGEST)
    fetch(declared, "", settings)
    csv_of(settings, DIGEST).write_text("spoilt", encoding="utf-8")
    fetch(declared, "", settings)
    assert csv_of(settings, DIGEST).read_text(encoding="utf-8") == TEXT
    assert len(Handler.requests) == 2


def test_a_download_that_is_not_the_declared_one_is_refused(base: str, settings: Settings) -> None:
    declared = declaring(f"{base}/toy.csv", "0" * 64)
    with pytest.raises(SourceInvalid, match=DIGEST) as caught:
        fetch(declared, "", settings)
    assert "0" * 64 in str(caught.value)
    assert "VIGIA_TOY_SOURCE" in str(caught.value)
    assert not csv_of(settings, DIGEST).exists()
