"""Checking API keys against their file, which is read again when it changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import structlog

from api.security import key_file, keys
from api.security.callers import Caller
from ml.errors import InvalidSettings

log = structlog.get_logger()

# How long a revoked key may live on; the file is looked at this often at most per key.
REMEMBER_SECONDS = 1.0


class KeyVerifier:
    """Knows the keys of a file.

    Args:
        path: the file of keys.

    Raises:
        InvalidSettings: it is missing, open to others, or not what it should be.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark = key_file.mark(path)
        self._entries = key_file.read(path)

    async def verify(self, credentials: bytes, presented: bytes) -> tuple[Caller, float]:
        """Return the caller of a key, or raise `NotAuthenticated`."""
        self._follow()
        identity = keys.identity_of(credentials.decode("latin-1"))
        entry = self._entries.get(identity) if identity else None
        return keys.check(entry, presented, datetime.now(UTC)).caller, REMEMBER_SECONDS

    def _follow(self) -> None:
        """Read the file again if it has changed; one that cannot be used changes nothing.

        The service goes on with the keys that it knows, and says so in the log.
        """
        now = key_file.mark(self._path)
        if now == self._mark:
            return
        self._mark = now
        try:
            self._entries = key_file.read(self._path)
        except InvalidSettings as error:
            log.warning("keys_unusable", reason=str(error), keys_kept=len(self._entries))
        else:
            log.info("keys_read", keys=len(self._entries))
