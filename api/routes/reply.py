"""From an answer's struct to an HTTP response."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

_JSON = "application/json"
_JSON_TYPE = (b"content-type", _JSON.encode())
_encode = msgspec.json.Encoder().encode


def reply(
    answer: msgspec.Struct, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer as JSON."""
    return JsonAnswer(_encode(answer), status, headers)


class JsonAnswer(Response):
    """JSON that is encoded already; the headers that all of them have are made once."""

    def __init__(
        self, content: bytes, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        if headers is not None:
            super().__init__(content, status, headers, media_type=_JSON)
            return
        self.body, self.status_code, self.background = content, status, None
        self.raw_headers = [(b"content-length", b"%d" % len(content)), _JSON_TYPE]
