"""The public keys of an OpenID Connect issuer: fetched off the event loop, kept, renewed."""

from __future__ import annotations

import time
from pathlib import Path

import anyio
import anyio.to_thread
import jwt
import structlog

from api.security.errors import IdentityProviderAway, NotAuthenticated

log = structlog.get_logger()

_FETCH_SECONDS = 5.0
# A token with an unknown key asks the issuer, but nobody can make us ask more often.
_COOL_DOWN_SECONDS = 10.0


class IssuerKeys:
    """The keys by their id.

    A key that the issuer withdraws is gone after the next refresh; while the issuer cannot
    be reached, the last keys stay.

    Args:
        source: address (http, https) or file of the key set.
        refresh_seconds: how often it is fetched anew.
    """

    def __init__(self, source: str, refresh_seconds: float) -> None:
        self._source = source
        self._refresh_seconds = refresh_seconds
        self._keys: dict[str, jwt.PyJWK] | None = None
        self._asked = -_COOL_DOWN_SECONDS
        self._lock = anyio.Lock()

    async def watch(self) -> None:
        """Renew the keys for ever."""
        while True:
            await self._refresh()
            await anyio.sleep(self._refresh_seconds)

    async def find(self, identity: str) -> jwt.PyJWK:
        """Return the key of that id, asking the issuer for one that is new.

        Raises:
            NotAuthenticated: the issuer has no such key.
            IdentityProviderAway: no key of the issuer could be had yet.
        """
        if identity not in (self._keys or {}):
            await self._refresh()
        if self._keys is None:
            raise IdentityProviderAway("the issuer's keys cannot be had; try again in a moment")
        if identity not in self._keys:
            message = "the token is signed with a key that its issuer does not have"
            raise NotAuthenticated(message, "unknown_kid")
        return self._keys[identity]

    async def _refresh(self) -> None:
        async with self._lock:
            if time.monotonic() < self._asked + _COOL_DOWN_SECONDS:
                return
            self._asked = time.monotonic()
            try:
                fetched = await anyio.to_thread.run_sync(_fetch, self._source)
            except (jwt.PyJWTError, OSError, ValueError) as error:
                log.warning("issuer_keys_not_fetched", error=type(error).__name__)
            else:
                self._keys = {key.key_id: key for key in fetched if key.key_id}


def _fetch(source: str) -> list[jwt.PyJWK]:
    """Return the keys for signatures. Blocks."""
    if source.startswith(("http://", "https://")):
        keys = jwt.PyJWKClient(source, timeout=_FETCH_SECONDS).get_jwk_set(refresh=True)
    else:
        keys = jwt.PyJWKSet.from_json(Path(source).read_text(encoding="utf-8"))
    return [key for key in keys.keys if key.public_key_use in {"sig", None}]
