"""A worker's end under load: nothing that was sent is dropped.

The server by itself closes idle connections at once, and a request that is on its way over
one of them is lost. So when SIGTERM comes, the worker first says that it is not ready, and
goes on answering for a while, each answer with `Connection: close`: balancers look
elsewhere and clients' connections end one by one, after an answer and not before one.
"""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import signal
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TypeAlias

import structlog

log = structlog.get_logger()

Handler: TypeAlias = Callable[[int, FrameType | None], Any]

# From the last new connection to the end: what was accepted has been read by then.
SETTLE_SECONDS = 0.3
_SO_ATTACH_FILTER = 26  # <asm-generic/socket.h>; Python has no name for it
_RETURN = 0x06  # <linux/bpf_common.h>: BPF_RET | BPF_K


class Draining:
    """Whether this worker is about to end.

    Args:
        seconds: how long it still answers.
    """

    def __init__(self, seconds: float) -> None:
        self.begun = False
        self._seconds = seconds

    @contextmanager
    def on_sigterm(self) -> Iterator[None]:
        """Put the time of draining before what the server does at SIGTERM."""
        server = signal.getsignal(signal.SIGTERM)
        if not callable(server):  # no server that ends at SIGTERM has started this
            yield
            return
        loop = asyncio.get_running_loop()

        def begin(*_: object) -> None:
            if not self.begun:  # a group's signal and the parent's come both
                self.begun = True
                loop.call_soon_threadsafe(self._end_later, loop, server)

        signal.signal(signal.SIGTERM, begin)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, server)

    def _end_later(self, loop: asyncio.AbstractEventLoop, server: Handler) -> None:
        log.info("api_drains", seconds=self._seconds)
        if multiprocessing.parent_process() is None:
            # The only worker: nobody else takes the connections that wait.
            listening = _listening(server)
            loop.call_later(self._seconds, turn_away, listening)
        end = self._seconds + SETTLE_SECONDS
        loop.call_later(end, server, signal.SIGTERM, None)


def turn_away(listening: Iterable[socket.socket]) -> None:
    """Let nobody connect any more, without the resets that closing would send.

    A connection that the kernel has made and nobody has accepted is reset when the socket
    is closed, and its request is lost. A filter that drops every packet stops new ones
    first. Where there is no such filter, that short moment stays.
    """
    instruction = ctypes.create_string_buffer(struct.pack("HBBI", _RETURN, 0, 0, 0))
    program = struct.pack("HP", 1, ctypes.addressof(instruction))
    with suppress(OSError):
        for door in listening:
            door.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def _listening(handler: Handler) -> list[socket.socket]:
    """Return the sockets of the uvicorn server whose method the handler is."""
    servers = getattr(getattr(handler, "__self__", None), "servers", [])
    return [
        socket.fromfd(s.fileno(), s.family, s.type) for server in servers for s in server.sockets
    ]
