"""Answers in one piece are, byte for byte, what the server would have sent by itself."""

from __future__ import annotations

import asyncio
import gc
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.slow_clients import ImpatientProtocol

pytestmark = pytest.mark.anyio
Header = tuple[bytes, bytes]
SECURE: list[Header] = [(b"x-frame-options", b"DENY"), (b"Cache-Control", b"no-store")]
BODY = b'{"risk":0.25}'
# What an application may send: headers beside the length, and the pieces of the body.
ANSWERS: dict[str, tuple[list[Header], list[bytes]]] = {
    "/whole": ([(b"content-length", b"13"), *SECURE], [BODY]),
    "/closing": ([(b"content-length", b"13"), (b"connection", b"close")], [BODY]),
    "/pieces": ([(b"content-length", b"13"), *SECURE], [BODY[:5], BODY[5:]]),
    "/unknown-length": (SECURE, [BODY[:5], BODY[5:]]),
    "/length-last": ([*SECURE, (b"content-length", b"13")], [BODY]),
    "/too-short": ([(b"content-length", b"14")], [BODY]),
    "/nothing": ([(b"content-length", b"0"), *SECURE], [b""]),
}


SPLIT = ([(b"content-length", b"13"), (b"x-evil", b"a\r\nset-cookie: b")], [BODY])


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    headers, pieces = ANSWERS.get(scope["path"], SPLIT)
    await send({"type": "http.response.start", "status": 200, "headers": [*headers]})
    for number, piece in enumerate(pieces, 1):
        more = number < len(pieces)
        await send({"type": "http.response.body", "body": piece, "more_body": more})


@asynccontextmanager
async def served(protocol: type[HttpToolsProtocol], keep_alive: int = 60) -> AsyncIterator[int]:
    settings = {"http": protocol, "timeout_keep_alive": keep_alive, "lifespan": "off"}
    config = uvicorn.Config(app, port=0, log_config=None, **settings)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())  # noqa: SLF001 # `serve` takes the signals
    while not server.started:  # noqa: ASYNC110 # uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


async def said(port: int, request: bytes) -> bytes:
    """Return all that comes until the server ends the connection or falls silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    found = b""
    try:
        while piece := await asyncio.wait_for(reader.read(65536), 0.2):
            found += piece
    except TimeoutError:
        found += b"<silence>"
    writer.close()
    return re.sub(rb"date: [^\r]+", b"date: now", found)


def asked(path: str, method: str = "GET", more: str = "") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nhost: here\r\n{more}\r\n".encode()


@pytest.mark.parametrize(
    "request_bytes",
    [
        *(asked(path) for path in ANSWERS),
        asked("/whole", "HEAD"),
        asked("/whole", more="connection: close\r\n"),
        asked("/whole", more="expect: 100-continue\r\ncontent-length: 2\r\n") + b"{}",
        asked("/whole") + asked("/pieces") + asked("/whole"),
        asked("/whole").replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
)
async def test_the_bytes_are_those_of_the_server_itself(request_bytes: bytes) -> None:
    found = []
    for protocol in (HttpToolsProtocol, ImpatientProtocol):
        async with served(protocol) as port:
            # The second finds the lines of the first.
            found += [await said(port, request_bytes) for _ in range(2)]
    assert found[0]
    assert found == [found[0]] * 4


@pytest.mark.parametrize("kind", ["websocket", "h2c"])
@pytest.mark.parametrize("body", [b"", b"{}"])
async def test_who_asks_for_another_protocol_is_answered_in_this_one(
    kind: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    length = f"content-length: {len(body)}\r\n" if body else ""
    wish = f"connection: Upgrade\r\nupgrade: {kind}\r\nsec-websocket-key: eA==\r\n{length}"
    async with served(ImpatientProtocol) as port:
        plain = await said(port, asked("/whole"))
        method = "POST" if body else "GET"
        assert await said(port, asked("/whole", method, wish) + body) == plain
    assert "/whole" not in caplog.text


async def test_what_is_no_http_is_refused_with_a_problem_document() -> None:
    async with served(ImpatientProtocol) as port:
        head, _, body = (await said(port, b"FOO BAR\r\n\r\n")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b"content-type: application/problem+json" in head
    assert json.loads(body)["status"] == 400


async def test_a_header_that_would_become_two_is_not_sent() -> None:
    async with served(ImpatientProtocol) as port:
        answer = await said(port, asked("/split"))
    assert answer.startswith(b"HTTP/1.1 500")
    assert b"set-cookie" not in answer


async def test_requests_leave_nothing_to_the_garbage_collector() -> None:
    requests = 100
    async with served(ImpatientProtocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        gc.collect()
        gc.disable()
        try:
            for _ in range(requests):
                writer.write(asked("/whole"))
                await reader.readuntil(BODY)
            assert gc.collect() < requests
        finally:
            gc.enable()
        writer.close()


async def test_a_connection_may_be_idle_for_so_long_and_no_longer() -> None:
    async with served(ImpatientProtocol, keep_alive=1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(asked("/whole"))
            assert (await reader.readuntil(BODY)).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.6)  # within the limit, that of all three together is beyond
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()
