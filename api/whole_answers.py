"""Answers that leave in one piece, with lines of their headers that are made once.

uvicorn searches each header of each answer for characters that it must not have, and hands
head and body to the socket apart. With ours, which are the same in every answer but for
three, that costs a small answer more than its encoding.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeAlias

from starlette.types import Message
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, Scope
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

Header: TypeAlias = tuple[bytes, bytes]

_LENGTH = b"content-length"
_CLOSE = (b"connection", b"close")
# What differs from answer to answer; the lines of all others are kept.
_VARYING = frozenset({b"date", b"x-request-id"})
_MOST_LINES = 256


class _Lines(dict[Header, bytes]):
    """The lines of headers, each looked at once."""

    def __missing__(self, header: Header) -> bytes:
        name, value = header
        if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
            raise RuntimeError("an answer has a header that HTTP does not allow")
        line = b"%b: %b\r\n" % (name.lower(), value)
        if name not in _VARYING and len(self) < _MOST_LINES:
            self[header] = line
        return line


_line_of = _Lines().__getitem__


class _Always:
    """The lines of the server's own headers, of which it makes a new list every second."""

    def __init__(self) -> None:
        self._made: tuple[list[Header], bytes] = ([], b"")

    def __call__(self, headers: list[Header]) -> bytes:
        last, lines = self._made
        if last is not headers:
            lines = b"".join(map(_line_of, headers))
            self._made = headers, lines
        return lines


_always = _Always()


class WholeAnswer:
    """Sends for one request: a head that begins with the length of the body waits for it.

    Whatever is no such answer goes the server's own way, as do those to slow readers and
    those that end their connection.

    Args:
        cycle: the server's view of the request.
    """

    __slots__ = ("_cycle", "_head", "_send_apart")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._send_apart: Any = cycle.send
        self._head: Message | None = None

    async def send(self, message: Message) -> None:
        """Send one ASGI message."""
        if message["type"] == "http.response.start":
            headers = message.get("headers")
            if headers and headers[0][0] == _LENGTH:
                self._head = message
                return
        elif self._head is not None:
            head, self._head = self._head, None
            if self._is_whole(head["headers"], message):
                self._write(head, message.get("body", b""))
                return
            await self._send_apart(head)
        await self._send_apart(message)

    def _is_whole(self, headers: list[Header], message: Message) -> bool:
        cycle = self._cycle
        return (
            cycle.keep_alive
            and not cycle.disconnected
            and not cycle.flow.write_paused
            and not message.get("more_body")
            and int(headers[0][1]) == len(message.get("body", b""))
            and cycle.scope["method"] != "HEAD"
            and _CLOSE not in headers
        )

    def _write(self, head: Message, body: bytes) -> None:
        cycle = self._cycle
        length = b"content-length: %d\r\n" % len(body)
        own = map(_line_of, head["headers"][1:])
        lines = (STATUS_LINE[head["status"]], _always(cycle.default_headers), length, *own)
        cycle.transport.write(b"".join((*lines, b"\r\n", body)))
        cycle.waiting_for_100_continue = False
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        cycle.on_response()


def answered_whole(
    cycle: RequestResponseCycle,
    app: ASGI3Application,
    scope: Scope,
    receive: ASGIReceiveCallable,
    _: Any,
) -> Awaitable[None]:
    """Let an application answer one request in one piece.

    The cycle does not come to know of it: objects that hold one another would be left to the
    garbage collector, which stopped everybody for 8 ms in every 2,000 requests.
    """
    return app(scope, receive, WholeAnswer(cycle).send)  # type: ignore[arg-type] # one message type of two libraries
