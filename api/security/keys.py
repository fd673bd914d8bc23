"""API keys: made, written down as digests, and checked.

A key is `vigia_<id>_<secret>`: the id finds its entry, the secret is 256 random bits. What
is stored is the SHA-256 of the whole. A slow, salted hash is for passwords, which can be
guessed; 2^256 keys cannot, so one fast digest gives nothing away and costs a microsecond.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime

import msgspec

from api.security.callers import Caller, Role
from api.security.errors import NotAuthenticated
from ml.errors import UserError

_KEY = re.compile(r"vigia_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One key as it is stored; all times in UTC."""

    id: str
    name: str
    role: Role
    sha256: str
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None

    @property
    def caller(self) -> Caller:
        """Who calls with this key."""
        return Caller(self.name, frozenset({self.role}))

    def state(self, now: datetime) -> str:
        """Return `valid`, `expired` or `revoked`."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= now else "valid"


def make(name: str, role: Role, expires: datetime | None) -> tuple[str, Entry]:
    """Return a new key, which is nowhere else, and the entry that stands for it."""
    key = f"vigia_{secrets.token_hex(6)}_{secrets.token_urlsafe(32)}"
    entry = entry_of(key, name, role, expires)
    return key, entry


def entry_of(key: str, name: str, role: Role, expires: datetime | None) -> Entry:
    """Return the entry that stands for a key.

    Raises:
        UserError: it is no key; it is not repeated.
    """
    identity = identity_of(key)
    if identity is None:
        raise UserError("this is no key: vigia_, 12 hexadecimal digits, _, 43 letters of base64url")
    return Entry(
        id=identity,
        name=name,
        role=role,
        sha256=digest(key.encode()).hex(),
        created=datetime.now(UTC).replace(microsecond=0),
        expires=expires,
    )


def digest(credentials: bytes) -> bytes:
    """Return the SHA-256 that stands for a key."""
    return hashlib.sha256(credentials).digest()


def identity_of(key: str) -> str | None:
    """Return the id inside a key, or `None` for what is no key."""
    found = _KEY.fullmatch(key)
    return found[1] if found else None


def check(entry: Entry | None, presented: bytes, now: datetime) -> Entry:
    """Return the entry if the digest of what was presented is its own, and it is valid.

    The comparison takes the same time wherever the two differ. An unknown id is compared
    too, and answered like a wrong secret: neither time nor answer tells which ids exist.

    Raises:
        NotAuthenticated: the key is unknown, expired or revoked.
    """
    expected = bytes.fromhex(entry.sha256) if entry else bytes(32)
    if not secrets.compare_digest(expected, presented) or entry is None:
        raise NotAuthenticated(
            "this key is not known here; ask whoever runs the service", "unknown_key"
        )
    state = entry.state(now)
    if state != "valid":
        message = f"this key is {state}; ask whoever runs the service for a new one"
        raise NotAuthenticated(message, f"{state}_key")
    return entry
