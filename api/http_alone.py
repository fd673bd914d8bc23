"""Connections that speak HTTP alone, and refuse what is none with a problem document."""

from __future__ import annotations

from http import HTTPStatus
from uuid import uuid4

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.problem_documents import MEDIA_TYPE, of_status


class HttpAlone(HttpToolsProtocol):
    """HTTP/1.1 by httptools, without a way to another protocol."""

    def _should_upgrade(self) -> bool:
        """Answer an upgrade in HTTP: a WebSocket would pass by every check, into the log."""
        return False

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing of it: whoever likes may ask for one."""

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, of which no request comes into being, and end the connection."""
        body = msgspec.json.encode(of_status(HTTPStatus.BAD_REQUEST, msg, uuid4().hex))
        head = (
            STATUS_LINE[HTTPStatus.BAD_REQUEST],
            b"content-type: %b\r\ncache-control: no-store\r\n" % MEDIA_TYPE.encode(),
            b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body),
        )
        self.transport.write(b"".join((*head, body)))
        self.transport.close()
