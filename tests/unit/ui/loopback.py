"""A real HTTP server on the loopback that gives the API's documented answers.

It stands in for the API because a unit test of the pages needs neither a model nor a
database, and has to choose the answer: away, without a model, refusing, broken.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

NOTICE = {"en": "Decision support, not a diagnosis", "es": "Apoyo a la decisión"}
INTERVAL = {"value": 0.12, "low": 0.1, "high": 0.14}
EVALUATION = {
    "classes": {
        "yes": {
            "calibration": [
                {"rows": 500, "risk": 0.05, "rate": INTERVAL | {"value": 0.04, "low": 0.02}},
                {"rows": 500, "risk": 0.19, "rate": {"value": 0.2, "low": 0.16, "high": 0.24}},
            ],
            "operating_points": [
                {
                    "label": {"en": "High band", "es": "Nivel alto"},
                    "threshold": 0.2,
                    "values": {"alerts_per_100": INTERVAL, "precision": INTERVAL},
                }
            ],
        }
    },
    "subgroups": [
        {
            "column": "ward",
            "label": {"en": "Surgery", "es": "Cirugía"},
            "rows": 400,
            "metrics": {"risk": INTERVAL, "rate": INTERVAL, "auroc": INTERVAL},
        },
        {
            "column": "ward",
            "label": {"en": "Medicine", "es": "Medicina interna"},
            "rows": None,
            "metrics": {},
        },
    ],
}
CARD = {"en": "# Return\n\n## Limits\n\nFew.\n", "es": "# Regreso\n\n## Límites\n\nPocos.\n"}
VERSIONS = [
    {
        "version": "5",
        "stage": "None",
        "data": "real",
        "created": "2026-11-19T09:00:00Z",
        "metrics": {},
        "decision": {  # of a release whose gates spoke English alone
            "passed": False,
            "at": "2026-11-19T09:00:00Z",
            "reason": {"en": "worse", "es": "worse"},
        },
    },
    {
        "version": "4",
        "stage": "Archived",
        "data": "real",
        "created": "2026-11-19T08:00:00Z",
        "metrics": {"auroc": 0.64, "auroc_low": 0.63, "auroc_high": 0.66},
        "decision": {
            "passed": False,
            "at": "2026-11-19T08:00:00Z",
            "reason": {"en": "too <few> rows", "es": "muy <pocas> filas"},
        },
    },
    {
        "version": "3",
        "stage": "Production",
        "data": "synthetic",
        "created": "2026-11-12T08:00:00Z",
        "metrics": {},
        "decision": None,
    },
]
PREDICTION = "0" * 38
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
        self.band: dict[str, Any] | None = {"name": "high", "label": {"en": "High", "es": "Alto"}}
        self.missing: list[str] = []
        self.warnings: list[dict[str, str]] = []
        self.reasons: dict[str, list[dict[str, Any]]] = {"up": [], "down": []}
        self.rare: list[str] = []
        self.evaluation: dict[str, Any] | None = None
        self.registry = "reachable"
        self.card = CARD
        self.predicted: dict[str, Any] = {}
        self.told: dict[str, dict[str, Any]] = {}
        self.last_failure: dict[str, str] | None = None
        self.roles = ["auditor", "clinician", "monitor", "operator"]
        self.known_key = ""
        self.opinions: list[dict[str, Any]] = []
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
        if self.known_key and self.authorizations[-1] != f"Bearer {self.known_key}":
            return 401, json.dumps({"title": "Say who you are", "status": 401}).encode()
        own = f"/models/{self.problem}"
        routes: dict[tuple[str, str], Callable[[], dict[str, Any]]] = {
            ("GET", "/models"): self._models,
            ("GET", "/whoami"): lambda: {"name": "ward-3", "roles": self.roles},
            ("GET", f"{own}/model-info"): self._model_info,
            ("GET", f"{own}/versions"): lambda: {"versions": VERSIONS},
            ("POST", f"{own}/explain"): lambda: self._explained(body),
            ("POST", f"{own}/predictions/{PREDICTION}/feedback"): lambda: self._feedback(body),
        }
        place = path.partition("?")[0]
        if (method, place) in routes:
            return 200, json.dumps(routes[method, place]()).encode()
        if method == "GET" and place in self.told:
            return 200, json.dumps(self.told[place]).encode()
        return 404, json.dumps({"title": "Not Found", "status": 404}).encode()

    def _models(self) -> dict[str, Any]:
        return {"default_problem": self.problem, "models": [{"problem": p} for p in self.listed]}

    def _model_info(self) -> dict[str, Any]:
        found: dict[str, Any] = {**MODEL, "problem": self.problem, "data": self.data}
        found |= {"registry": self.registry, "last_failure": self.last_failure, "card": self.card}
        return found | {"evaluation": self.evaluation, "metrics": {"auroc": INTERVAL}}

    def _feedback(self, body: bytes) -> dict[str, Any]:
        self.opinions.append(json.loads(body))
        stored = {"caller": "ward-3", "time": "2026-11-20T09:00:00Z", "reason": ""}
        return stored | self.opinions[-1]

    def _explained(self, body: bytes) -> dict[str, Any]:
        self.records.extend(json.loads(body)["records"])
        one = {
            "probability": self.probability,
            "log_odds": math.log(self.probability / (1 - self.probability)),
            "contributions": dict.fromkeys(self.missing, 0.5),
            "reasons": self.reasons,
            "missing": self.missing,
            "warnings": self.warnings,
            "band": self.band,
            "rare": self.rare,
            **self.predicted,
        }
        return {
            "explanations": [one],
            "base_value": -2.0,
            "ids": [PREDICTION],
            "problem": self.problem,
            "model": {**MODEL, "data": self.data},
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
