"""Shares, room, deadlines, headers: what every request meets before and after its route."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import anyio
import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from api.security import key_file, keys
from api.security.callers import Role
from api.security.deadlines import Deadlines
from api.security.errors import AnswerBroken, Overloaded, RequestTimedOut
from api.security.limits import Buckets
from api.settings import Settings
from tests.unit.api.running import running
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio


def test_a_bucket_holds_a_burst_and_fills_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("api.security.limits.time.monotonic", lambda: now)
    buckets = Buckets(rate=2, burst=3)
    assert [buckets.take("ward") for _ in range(5)] == [0, 0, 0, 1, 1]
    assert buckets.take("another") == 0
    now += 0.5
    assert [buckets.take("ward") for _ in range(2)] == [0, 1]
    now += 3600
    assert [buckets.take("ward") for _ in range(4)] == [0, 0, 0, 1]


def test_buckets_take_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.security.limits._MOST_BUCKETS", 100)
    buckets = Buckets(rate=1, burst=1)
    for number in range(1000):
        buckets.take(f"caller-{number}")
    assert len(buckets._buckets) == 100  # noqa: SLF001 - the bound is what is shown


async def test_a_caller_that_calls_too_often_waits_and_others_do_not(
    settings: Settings, registry: FolderRegistry
) -> None:
    with key_file.changing(settings.keys_path) as entries:
        found = [keys.make(f"ward-{number}", Role.CLINICIAN, None) for number in range(2)]
        entries.update({entry.id: entry for _, entry in found})
    limits = {"auth": "keys", "rate_limit_per_second": 0.1, "rate_limit_burst": 3}
    async with running(settings.model_copy(update=limits), registry) as client:
        first, second = ({"x-api-key": key} for key, _ in found)
        answers = [await client.get("/models", headers=first) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
        assert answers[-1].json()["type"] == "urn:vigia:problem:too-many-requests"
        assert (await client.get("/models", headers=second)).status_code == 200
        assert (await client.get("/readyz", headers=first)).status_code != 429


async def test_a_full_worker_refuses_at_once_and_still_answers_probes(
    settings: Settings, registry: FolderRegistry
) -> None:
    full = settings.model_copy(update={"max_in_flight": 2})
    async with running(full, registry) as client, anyio.create_task_group() as group:
        await client.post("/reload-model")
        held = anyio.Event()
        entered = []

        async def slow() -> AsyncIterator[bytes]:
            entered.append(1)
            yield b'{"age": '
            await held.wait()
            yield b"60}"

        answered = []

        async def ask() -> None:
            answered.append((await client.post("/predict", content=slow())).status_code)

        for _ in range(2):
            group.start_soon(ask)
        while len(entered) < 2:  # noqa: ASYNC110 - the clients say so in no other way
            await anyio.sleep(0.005)
        refused = await client.post("/predict", json={"age": 60})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["type"] == "urn:vigia:problem:overloaded"
        assert (await client.get("/livez")).status_code == 200
        held.set()
    assert answered == [200, 200]


class Slow:
    """One request whose body and answer take their time."""

    def __init__(self, *, body: float = 0, answer: float = 0, piece: float = 0) -> None:
        self.body, self.answer, self.piece = body, answer, piece
        self.sent: list[Message] = []

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await anyio.sleep(self.answer)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await anyio.sleep(self.piece)
        await send({"type": "http.response.body", "body": b"done"})

    async def receive(self) -> Message:
        await anyio.sleep(self.body)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def serve(self) -> None:
        deadlines = Deadlines(body_seconds=0.2, request_seconds=0.4)
        async with anyio.create_task_group() as group:
            group.start_soon(deadlines.watch)
            try:
                await deadlines.serve(self.app, {}, self.receive, self.send)
            finally:
                group.cancel_scope.cancel()
        task = asyncio.current_task()
        assert task is not None
        assert not task.cancelling()


async def served(slow: Slow) -> type[BaseException] | None:
    try:
        await slow.serve()
    except BaseExceptionGroup as group:
        (error,) = group.exceptions
        return type(error)
    return None


async def test_what_makes_progress_is_served() -> None:
    slow = Slow(answer=0.2, piece=0.3)
    assert await served(slow) is None
    assert len(slow.sent) == 2


@pytest.mark.parametrize(
    ("slow", "error"),
    [
        (Slow(body=30), RequestTimedOut),
        (Slow(answer=30), Overloaded),
        (Slow(piece=30), AnswerBroken),
    ],
)
async def test_what_makes_none_is_ended(slow: Slow, error: type[BaseException]) -> None:
    with anyio.fail_after(5):
        assert await served(slow) is error


HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


@pytest.mark.parametrize("path", ["/livez", "/models", "/nowhere", "/predict", "/docs"])
async def test_every_answer_carries_the_headers(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; frame-ancestors 'none'")
    assert "unsafe-eval" not in policy
    assert "strict-transport-security" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


async def test_hsts_is_said_only_when_told(settings: Settings, registry: FolderRegistry) -> None:
    strict = settings.model_copy(update={"hsts_seconds": 31_536_000})
    async with running(strict, registry) as client:
        header = (await client.get("/livez")).headers["strict-transport-security"]
    assert header.startswith("max-age=31536000")


async def test_only_a_named_origin_may_call(settings: Settings, registry: FolderRegistry) -> None:
    open_to = settings.model_copy(update={"cors_origins": ("https://ward.example",)})
    asks = {"access-control-request-method": "POST", "access-control-request-headers": "x-api-key"}
    async with running(open_to, registry) as client:
        for origin, allowed in (("https://ward.example", True), ("https://evil.example", False)):
            preflight = await client.options("/predict", headers={"origin": origin, **asks})
            assert (preflight.status_code == 200) is allowed
            answer = await client.get("/models", headers={"origin": origin})
            assert ("access-control-allow-origin" in answer.headers) is allowed


async def test_the_documentation_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(links) == 3
    assert "://" not in page
    for link in links:
        answer = await client.get(f"/{link}")
        assert answer.status_code == 200
        assert "html" not in answer.headers["content-type"]
    assert (await client.get("/docs/another.js")).status_code == 404
    assert (await client.get("/docs/..%2f__init__.py")).status_code == 404
