"""From an answer's struct to an HTTP response."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

_encode = msgspec.json.Encoder().encode


def reply(
    answer: msgspec.Struct, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer as JSON."""
    return Response(_encode(answer), status, headers, media_type="application/json")
