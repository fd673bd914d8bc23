"""Clients that ask again and again, and compare every answer with the offline one."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx

from tests import toy
from tests.integration.api.faults.conftest import Models

PATIENCE_SECONDS = 120


def records() -> list[dict[str, Any]]:
    """Return records as a ward would send them."""
    rows = toy.generate(40, seed=7).select(["age", "weight-kg", "days", "colour", "reason"])
    return [{k: v for k, v in row.items() if v is not None} for row in rows.to_pylist()]


class Load:
    """What the clients asked and were answered.

    Args:
        url: of the service.
        models: the versions that may answer.
        clients: how many ask at the same time.
        pause: of each client between two requests, in seconds.
    """

    def __init__(self, url: str, models: Models, clients: int, pause: float = 0.0) -> None:
        self._url = url
        self._clients = clients
        self._pause = pause
        self._records = records()
        self._expected = {
            number: model.predict(self._records).risk.tolist()
            for number, model in models.offline.items()
        }
        self._digests = {number: version.digest for number, version in models.versions.items()}
        self.answered: Counter[str] = Counter()
        self.kept: dict[str, float] = {}
        self.failed: list[str] = []
        self._over = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        limits = httpx.Limits(max_connections=self._clients)
        async with (
            httpx.AsyncClient(
                base_url=self._url, timeout=30, trust_env=False, limits=limits
            ) as http,
            anyio.create_task_group() as group,
        ):
            for number in range(self._clients):
                group.start_soon(self._ask, http, number)
            yield
            self._over = True  # each client waits for its last answer

    async def _ask(self, http: httpx.AsyncClient, start: int) -> None:
        count = 1 + start % 3
        while not self._over:
            start = (start + 7) % (len(self._records) - count)
            asked = self._records[start : start + count]
            try:
                answer = await http.post("/predict", json={"records": asked})
            except httpx.TransportError as error:
                self.failed.append(repr(error))
                continue
            self._check(answer, start, count)
            await anyio.sleep(self._pause)

    def _check(self, answer: httpx.Response, start: int, count: int) -> None:
        if answer.status_code != 200:
            self.failed.append(answer.text)
            return
        content = answer.json()
        number, digest = content["model"]["version"], content["model"]["digest"]
        if digest != self._digests[number]:
            self.failed.append(f"version {number} with digest {digest}")
        if content["predictions"] != self._expected[number][start : start + count]:
            self.failed.append(f"version {number}: not its own prediction")
        self.answered[number] += 1
        self.kept |= zip(content["ids"], content["predictions"], strict=False)

    async def answered_again(self, times: int) -> None:
        """Wait until so many more requests are answered."""
        end = self.answered.total() + times
        with anyio.fail_after(PATIENCE_SECONDS):
            while self.answered.total() < end:  # noqa: ASYNC110 - the clients count, and tell nobody
                await anyio.sleep(0.05)

    async def answered_by(self, number: str) -> None:
        """Wait until a request that is sent from now on is answered by a version."""
        before = self.answered[number]
        with anyio.fail_after(PATIENCE_SECONDS):
            while self.answered[number] == before:  # noqa: ASYNC110 - the clients count, and tell nobody
                await anyio.sleep(0.01)
