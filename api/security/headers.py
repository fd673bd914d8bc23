"""The headers that every answer carries, errors too."""

from __future__ import annotations

from typing import TypeAlias

Headers: TypeAlias = list[tuple[bytes, bytes]]

_NOTHING = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# Swagger UI styles its own elements, draws images from data, and asks this service alone.
_DOCUMENTATION = (
    _NOTHING + b"; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    b"style-src 'self' 'unsafe-inline'"
)
DOCUMENTATION = "/docs"


class SecurityHeaders:
    """Adds the headers.

    Args:
        hsts_seconds: for how long browsers shall insist on TLS; 0 says nothing of it.
    """

    def __init__(self, hsts_seconds: int) -> None:
        always = [
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"no-referrer"),
            (b"cache-control", b"no-store"),  # an answer may be about a patient
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if hsts_seconds:
            value = b"max-age=%d; includeSubDomains" % hsts_seconds
            always.append((b"strict-transport-security", value))
        self._answer = [*always, (b"content-security-policy", _NOTHING)]
        self._documentation = [*always, (b"content-security-policy", _DOCUMENTATION)]

    def extend(self, path: str, headers: Headers) -> None:
        """Add them to the headers of an answer from `path`."""
        headers.extend(self._documentation if path.startswith(DOCUMENTATION) else self._answer)
