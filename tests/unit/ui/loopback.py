"""A real HTTP server on the loopback that gives the API's documented answers.

It stands in for the API because a unit test of the pages needs neither a model nor a
database, and has to choose the answer: away, without a model, refusing, broken.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

NOTICE = {"en": "Decision support, not a diagnosis", "es": "Apoyo a la decisión"}
MODEL = {"name": "sample", "version": "3", "digest": "sha256:ab12", "data": "real"}


class Loopback:
    """What the server answers, and what it was asked.

    Args:
        problem: the problem that it answers for; `listed` may name more.
    """

    def __init__(self, problem: str) -> None:
        self.problem = problem
        self.listed = [problem]
        self.data = "real"
        self.probability = 0.184
        self.band = {"name": "high", "label": {"en": "High", "es": "Alto"}}
        self.missing: list[str] = []
        self.warnings: list[dict[str, str]] = []
        self.failure: tuple[int, bytes] | None = None
        self.delay_seconds = 0.0
        self.records: list[dict[str, Any]] = []
        self.authorizations: list[str | None] = []
        self.url = ""

    def fail(self, status: int, title: str = "", **members: Any) -> None:
        """Answer every request with a problem document from now on."""
        kind = "urn:vigia:problem:no-model" if status == 503 else "about:blank"
        document = {"type": kind, "title": title, "status": status, **members}
        self.failure = (status, json.dumps(document).encode())

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if self.failure is not None:
            return self.failure
        routes = {
            ("GET", "/models"): self._models,
            ("GET", f"/models/{self.problem}/model-info"): self._model_info,
        }
        if (method, path) in routes:
            return 200, json.dumps(routes[method, path]()).encode()
        if (method, path) == ("POST", f"/models/{self.problem}/predict"):
            self.records.extend(json.loads(body)["records"])
            return 200, json.dumps(self._scores()).encode()
        return 404, json.dumps({"title": "Not Found", "status": 404}).encode()

    def _models(self) -> dict[str, Any]:
        return {"default_problem": self.problem, "models": [{"problem": p} for p in self.listed]}

    def _model_info(self) -> dict[str, Any]:
        return {**MODEL, "problem": self.problem, "data": self.data, "metrics": {}}

    def _scores(self) -> dict[str, Any]:
        detail = {"missing": self.missing, "warnings": self.warnings, "band": self.band}
        return {
            "predictions": [self.probability],
            "problem": self.problem,
            "model": {**MODEL, "data": self.data},
            "details": [detail],
            "ignored": [],
            "notice": NOTICE,
        }


@contextmanager
def serving(problem: str, port: int = 0) -> Iterator[Loopback]:
    """Serve on the loopback until the block ends; port 0 takes a free one."""
    loopback = Loopback(problem)

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            loopback.authorizations.append(self.headers.get("authorization"))
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            time.sleep(loopback.delay_seconds)
            status, answer = loopback.answer(self.command, self.path, body)
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = _reply  # noqa: N815 - the names that http.server calls

        def log_message(self, *_args: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    loopback.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield loopback
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
