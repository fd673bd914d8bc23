"""Clients that ask for predictions without a pause, and note every answer."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Any, Self

import httpx

from ml.problems import Problem

_CLIENTS = 4
_PAUSE_SECONDS = 0.02


class Load:
    """Clients of the API; each sends the problem's example again and again.

    Args:
        address: of the API.
        key: a clinician's.
        problem: whose example is sent.
    """

    def __init__(self, address: str, key: str, problem: Problem) -> None:
        self._address = f"{address}/models/{problem.name}/predict"
        self._headers = {"authorization": f"Bearer {key}"}
        self._body = {"records": [problem.example]}
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(_CLIENTS)]
        self._guard = threading.Lock()
        self.ids: list[str] = []
        self.versions: list[str] = []
        self.failures: list[str] = []
        self.last_answer = time.monotonic()
        self.longest_gap = 0.0

    def __enter__(self) -> Self:
        self.last_answer = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        with httpx.Client(headers=self._headers, timeout=30, trust_env=False) as client:
            while not self._over.is_set():
                try:
                    answer = client.post(self._address, json=self._body)
                    answer.raise_for_status()
                except httpx.HTTPError as error:
                    with self._guard:
                        self.failures.append(repr(error))
                    self._over.wait(0.2)
                else:
                    self._note(answer.json())
                    self._over.wait(_PAUSE_SECONDS)

    def _note(self, answer: dict[str, Any]) -> None:
        with self._guard:
            now = time.monotonic()
            self.longest_gap = max(self.longest_gap, now - self.last_answer)
            self.last_answer = now
            self.ids.extend(answer["ids"])
            self.versions.append(answer["model"]["version"])
