"""Connections that take too long for a request's headers are closed.

uvicorn limits how long a connection may be idle between requests, but not how long the
headers of one may take: a client that sends a byte now and then would hold it for ever.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.security.settings import SecuritySettings

# uvicorn makes its protocols itself and hands them nothing of ours. Who may call is not
# decided here: any way of it will do to read this one setting.
_HEADER_SECONDS = SecuritySettings(auth="keys").header_seconds


class ImpatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 by httptools, with one timer for each connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the class above
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._waits_since = self.loop.time()
        self._look_again = self.loop.call_later(_HEADER_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._look_again.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        self._waits_since = self.loop.time()
        super().on_response_complete()

    def _look(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        under_way = cycle is not None and not cycle.response_complete
        waited = self.loop.time() - self._waits_since
        if not under_way and waited >= _HEADER_SECONDS:
            self.transport.close()
            return
        left = _HEADER_SECONDS if under_way else _HEADER_SECONDS - waited
        self._look_again = self.loop.call_later(left, self._look)
