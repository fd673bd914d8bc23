"""Says on every address that it is ready, and keeps nothing: in the place of what cannot be had."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_PORTS = (3100, 8080, 12345)  # Loki's, cAdvisor's, Alloy's


class Ready(BaseHTTPRequestHandler):
    """Answers everything, with nothing."""

    def do_GET(self) -> None:
        """Answer a probe, or a scrape without a series."""
        self._answer(200)

    def do_POST(self) -> None:
        """Take what is pushed, and drop it."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._answer(204)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-type", "text/plain; version=0.0.4")
        self.send_header("content-length", "0")
        self.end_headers()


def main() -> int:
    """Serve until a signal."""
    servers = [ThreadingHTTPServer(("", port), Ready) for port in _PORTS]
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
