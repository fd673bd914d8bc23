"""How long a request may take: to send its body, to be answered, to take the answer.

One sweep over the requests under way, a few times a second, ends those that are overdue:
a timer of its own would cost each request more than all the rest of its checks.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anyio
import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.security.errors import AnswerBroken, Overloaded, Refused, RequestTimedOut

_SWEEP_SECONDS = 0.25
SLOWEST_BYTES_PER_SECOND = 64 * 1024


class _Watch(msgspec.Struct):
    due: float
    reading: bool = False
    read: bool = False
    answering: bool = False
    overdue: bool = False


class Deadlines:
    """Ends requests that make no progress.

    Args:
        body_seconds: how long a body may take, beside what its size allows.
        request_seconds: how long an answer may take to begin, and each further piece.
    """

    def __init__(self, body_seconds: float, request_seconds: float) -> None:
        self._body_seconds = body_seconds
        self._request_seconds = request_seconds
        self._watched: dict[asyncio.Task[Any], _Watch] = {}

    async def watch(self) -> None:
        """Cancel for ever what is overdue."""
        while True:
            await anyio.sleep(_SWEEP_SECONDS)
            now = time.monotonic()
            for task, watch in list(self._watched.items()):
                if watch.due < now and not watch.overdue:
                    watch.overdue = True
                    task.cancel()

    async def serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request in time.

        Raises:
            RequestTimedOut: the body came too slowly.
            Overloaded: the answer took too long.
            AnswerBroken: it had begun, but went on too slowly.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that runs has a task
        watch = self._watched[task] = _Watch(time.monotonic() + self._request_seconds)

        async def receive_on() -> Message:
            if not watch.reading and not watch.read:
                watch.reading = True
                watch.due = time.monotonic() + self._body_seconds
            message = await receive()
            if watch.reading:
                self._received(watch, message)
            return message

        async def send_on(message: Message) -> None:
            watch.answering = True
            await send(message)
            watch.due = time.monotonic() + self._request_seconds

        try:
            await app(scope, receive_on, send_on)
        except asyncio.CancelledError:
            if not watch.overdue:
                raise
            task.uncancel()
            raise _too_slow(watch) from None
        finally:
            del self._watched[task]

    def _received(self, watch: _Watch, message: Message) -> None:
        if message.get("more_body"):
            watch.due += len(message.get("body", b"")) / SLOWEST_BYTES_PER_SECOND
        else:
            watch.reading, watch.read = False, True
            watch.due = time.monotonic() + self._request_seconds


def _too_slow(watch: _Watch) -> Refused:
    if watch.answering:
        return AnswerBroken()
    if watch.reading:
        return RequestTimedOut("the body came too slowly; send it again over a faster line")
    return Overloaded("the answer took too long; send fewer records or try again", "slow_answer")
