"""From a request's headers to its caller: what was presented, and what is remembered."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Protocol

from api.security.callers import Caller
from api.security.errors import NotAuthenticated
from api.security.keys import digest

_MOST_REMEMBERED = 10_000
_LONGEST_CREDENTIALS = 8192  # a token is one or two thousand; what is longer is not hashed


class Verifier(Protocol):
    """Tells who presents credentials, and for how many seconds that may be remembered."""

    async def verify(self, credentials: bytes, presented: bytes) -> tuple[Caller, float]:
        """Return the caller and the seconds, or raise `Refused`.

        Args:
            credentials: as they were sent.
            presented: their SHA-256.
        """


class Authentication:
    """Finds the caller of a request; verified credentials are remembered for a moment.

    The memory is keyed by the credentials' SHA-256. How long a lookup takes can tell of
    digests alone, which nobody can choose, and not of the credentials behind them.

    Args:
        verifier: asked about credentials that are not remembered.
    """

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._remembered: dict[bytes, tuple[Caller, float]] = {}

    async def caller(self, headers: Iterable[tuple[bytes, bytes]]) -> Caller:
        """Return who calls.

        Raises:
            NotAuthenticated: there are no credentials, or they are not valid.
            IdentityProviderAway: nobody can say whether they are valid.
        """
        credentials = presented_in(headers)
        key = digest(credentials)
        found = self._remembered.get(key)
        if found is not None and found[1] > time.monotonic():
            return found[0]
        caller, seconds = await self._verifier.verify(credentials, key)
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = caller, time.monotonic() + seconds
        return caller


def presented_in(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the credentials of `Authorization: Bearer`, else those of `X-API-Key`.

    Raises:
        NotAuthenticated: there are none, or of another scheme, or too long.
    """
    key = b""
    for name, value in headers:
        if name == b"authorization":
            scheme, _, key = value.partition(b" ")
            if scheme.lower() != b"bearer":
                raise NotAuthenticated("the scheme of Authorization must be Bearer", "scheme")
            break
        if name == b"x-api-key":
            key = value
    key = key.strip()
    if not key:
        message = "send a key or token: `Authorization: Bearer ...`, or `X-API-Key: ...`"
        raise NotAuthenticated(message, "no_credentials")
    if len(key) > _LONGEST_CREDENTIALS:
        raise NotAuthenticated("no key or token is that long", "malformed")
    return key
