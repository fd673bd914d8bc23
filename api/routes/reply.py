"""From an answer's struct to an HTTP response."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

_encode = msgspec.json.Encoder().encode


def reply(answer: msgspec.Struct, status: int = 200) -> Response:
    """Return the answer as JSON."""
    return Response(_encode(answer), status, media_type="application/json")
