"""Connections that take too long for a request's headers, or send too many, are closed.

uvicorn limits how long a connection may be idle between requests, but not how long the
headers of one may take: a client that sends a byte now and then would hold it for ever.
Nor how large they may be: without a key, one could fill the memory.
"""

from __future__ import annotations

import asyncio
from functools import partial

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from api.http_alone import HttpAlone
from api.security.settings import SecuritySettings
from api.whole_answers import answered_whole

# uvicorn makes its protocols itself and hands them nothing of ours. Who may call is not
# decided here: any way of it will do to read this one setting.
_HEADER_SECONDS = SecuritySettings(auth="keys").header_seconds
# Time enough to read what has arrived already.
_LAST_LOOK_SECONDS = 0.05

# Beyond what one read from the socket brings, at most 256 KiB.
MOST_HEAD_BYTES = 64 * 1024


class ImpatientProtocol(HttpAlone):
    """HTTP/1.1 by httptools, with one timer for each connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the class above
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._waits_since = self.loop.time()
        self._patience = min(_HEADER_SECONDS, self.timeout_keep_alive)
        self._look_again = self.loop.call_later(self._patience, self._look)
        self._in_head, self._head_bytes, self._is_last_look = False, 0, False
        self._under_way: RequestResponseCycle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._look_again.cancel()
        # The class above tells the request that was read last; others may come before it.
        if self._under_way is not None:
            self._under_way.disconnected = not self._under_way.response_complete
        self.pipeline.clear()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._under_way = cycle
        super()._start_asgi_task(cycle, partial(answered_whole, cycle, app))

    def data_received(self, data: bytes) -> None:
        """Read on, unless the headers of one request have no end."""
        was_in_head = self._in_head
        super().data_received(data)
        if was_in_head and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The request's headers are too large.")

    def on_message_begin(self) -> None:
        """Begin to count."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """Stop counting."""
        self._in_head = False
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request, on the timer that there is already.

        The class above would make a timer after each answer and cancel it at the next request.
        """
        self._waits_since = self.loop.time()
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def _look(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        if cycle is not None and not cycle.response_complete:
            left = self._patience
        else:
            idles = cycle is not None and not self._in_head
            allowed = self.timeout_keep_alive if idles else _HEADER_SECONDS
            left = self._waits_since + allowed - self.loop.time()
        if left > 0:
            self._is_last_look = False
            self._look_again = self.loop.call_later(min(left, self._patience), self._look)
        elif not self._is_last_look:
            # A loop that was held up looks at its timers before it reads what came in time.
            self._is_last_look = True
            self._look_again = self.loop.call_later(_LAST_LOOK_SECONDS, self._look)
        else:
            self.transport.close()
