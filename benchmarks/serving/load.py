"""Load from one core: raw HTTP/1.1 over keep-alive connections, and what it measures.

A client library would be slower than the services it measures. Only what is needed is
here: requests made before the clock starts, answers told apart by their `content-length`.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import uvloop


class Target(NamedTuple):
    """A service that is measured: where it listens, and ready requests for it."""

    port: int
    requests: tuple[bytes, ...]


class Measured(NamedTuple):
    """One run: answers a second, and seconds from a request's due time to its answer."""

    rps: float
    latencies: np.ndarray[Any, np.dtype[np.float64]]

    def percentile_ms(self, percent: float) -> float:
        """Return a percentile of the latencies in milliseconds."""
        return float(np.percentile(self.latencies, percent)) * 1000


def requests(path: str, bodies: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return a whole POST request for each body."""
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    return tuple(f"{head}content-length: {len(b)}\r\n\r\n".encode() + b for b in bodies)


class _Connection(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self, answered: Callable[[_Connection, float], None]) -> None:
        self._answered = answered
        self._received = b""
        self._due = 0.0
        self.broken = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes, due: float) -> None:
        self._due = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        start = head.lower().index(b"content-length:") + 15
        if len(body) < int(head[start:].partition(b"\r\n")[0]):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self.broken = self._received[:500].decode(errors="replace")
        self._received = b""
        self._answered(self, self._due)

    def connection_lost(self, exc: Exception | None) -> None:
        self.broken = self.broken or f"the connection was lost: {exc}"


class _Run:
    """One measurement; `rate` is 0 for as fast as the connections allow."""

    def __init__(self, target: Target, rate: float) -> None:
        self.target, self.rate = target, rate
        self.requests: Iterator[bytes] = itertools.cycle(target.requests)
        self.latencies: list[float] = []
        self.idle: deque[_Connection] = deque()
        self.due: deque[float] = deque()
        self.over = False

    async def connect(self, connections: int) -> list[_Connection]:
        loop = asyncio.get_running_loop()
        made = [
            await loop.create_connection(
                lambda: _Connection(self.answered), "127.0.0.1", self.target.port
            )
            for _ in range(connections)
        ]
        return [protocol for _, protocol in made]

    def answered(self, connection: _Connection, due: float) -> None:
        now = time.perf_counter()
        self.latencies.append(now - due)
        if self.over or connection.broken:
            return
        if not self.rate:
            connection.ask(next(self.requests), now)
        elif self.due:
            connection.ask(next(self.requests), self.due.popleft())
        else:
            self.idle.append(connection)

    async def offer(self, seconds: float) -> None:
        """Let requests fall due at a steady rate, whether or not a connection is free."""
        start = time.perf_counter()
        for number in range(int(seconds * self.rate)):
            due = start + number / self.rate
            if due > time.perf_counter():
                await asyncio.sleep(due - time.perf_counter())
            if self.idle:
                self.idle.popleft().ask(next(self.requests), due)
            else:
                self.due.append(due)


async def _measure(target: Target, connections: int, seconds: float, rate: float) -> Measured:
    run = _Run(target, rate)
    opened = await run.connect(connections)
    start = time.perf_counter()
    if rate:
        run.idle.extend(opened)
        await run.offer(seconds)
    else:
        for connection in opened:
            connection.ask(next(run.requests), start)
        await asyncio.sleep(seconds)
    took, count = time.perf_counter() - start, len(run.latencies)
    run.over = True
    broken = next((one.broken for one in opened if one.broken), "")
    for connection in opened:
        connection.transport.close()
    if broken:
        raise RuntimeError(f"a service failed under load: {broken}")
    return Measured(count / took, np.array(run.latencies))


def measure(target: Target, connections: int, seconds: float, rate: float = 0.0) -> Measured:
    """Load a service for some seconds.

    Args:
        target: the service.
        connections: requests that may be under way at once.
        seconds: how long.
        rate: requests a second that fall due; 0 for a new one after each answer. A request
            that waits for a free connection waits from its due time.

    Raises:
        RuntimeError: an answer was not 200, or a connection broke.
    """
    measuring: Coroutine[Any, Any, Measured] = _measure(target, connections, seconds, rate)
    return uvloop.run(measuring)
