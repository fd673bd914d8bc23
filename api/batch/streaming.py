"""Streaming of a run: its pieces are made in threads, one whenever the client takes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import anyio
import anyio.to_thread
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.batch.errors import BatchesBusy
from api.batch.formats import ANSWER_TYPES
from api.batch.run import Run

_LARGEST_CHUNK = 1 << 18


class Turns:
    """How many uploads a worker answers at once; used on the event loop alone.

    Args:
        most: that many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self.threads = anyio.CapacityLimiter(most)

    def take(self) -> None:
        """Take a turn, or raise `BatchesBusy`."""
        if self._taken >= self._most:
            message = f"{self._most} uploads are under way on this worker: try again later"
            raise BatchesBusy(message)
        self._taken += 1

    def give_back(self) -> None:
        """Let somebody else have a turn."""
        self._taken -= 1


class RunResponse(StreamingResponse):
    """The answer of a run; a client that goes away ends the run.

    Args:
        run: to be answered.
        turns: whose threads compute.
        headers: of the answer.
        done: is called at the end, whatever it is.
    """

    def __init__(
        self, run: Run, turns: Turns, headers: dict[str, str], done: Callable[[], None]
    ) -> None:
        self._run = run
        self._chunks = run.chunks()
        self._done = done
        body = _pieces(self._chunks, turns.threads)
        super().__init__(body, headers=headers, media_type=ANSWER_TYPES[run.format])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._run.close()
            self._done()


async def _pieces(chunks: Iterator[bytes], threads: anyio.CapacityLimiter) -> AsyncIterator[bytes]:
    """Yield the answer in parts small enough to be sent while others are served."""
    while (
        chunk := await anyio.to_thread.run_sync(next, chunks, None, limiter=threads)
    ) is not None:
        for start in range(0, len(chunk), _LARGEST_CHUNK):
            yield chunk[start : start + _LARGEST_CHUNK]
