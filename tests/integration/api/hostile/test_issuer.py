"""The keys of an issuer over real HTTP: rotated, unknown, away, slow, and nonsense."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anyio
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from api.settings import Settings
from tests.unit.api.conftest import registry, settings, shelf, versions
from tests.unit.api.running import running
from tests.unit.api.toy_models import FolderRegistry

__all__ = ["registry", "settings", "shelf", "versions"]

pytestmark = pytest.mark.anyio

ISSUER = "https://id.example"
FIRST, SECOND = (generate_private_key(65537, 2048) for _ in range(2))


class Issuer(ThreadingHTTPServer):
    """An issuer that a test can change, break and hold up."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.keys: dict[str, RSAPrivateKey] = {"first": FIRST}
        self.body: bytes | None = None
        self.status = 200
        self.asked = 0
        self.goes_on = threading.Event()
        self.goes_on.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/keys"

    def published(self) -> bytes:
        made = jwt.algorithms.RSAAlgorithm.to_jwk
        keys = [
            {**made(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}
            for kid, key in self.keys.items()
        ]
        return json.dumps({"keys": keys}).encode() if self.body is None else self.body


class Handler(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        self.server.asked += 1
        self.server.goes_on.wait(60)
        body = self.server.published()
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    monkeypatch.setenv("no_proxy", "*")
    # A test need not wait until an unknown key may ask again; the unit tests hold that limit.
    monkeypatch.setattr("api.security.issuer_keys._COOL_DOWN_SECONDS", 0.0)
    with Issuer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.goes_on.set()
        server.shutdown()
        thread.join()


@pytest.fixture
async def client(
    settings: Settings, registry: FolderRegistry, issuer: Issuer
) -> AsyncIterator[httpx.AsyncClient]:
    changed = {
        "auth": "oidc",
        "oidc_issuer": ISSUER,
        "oidc_audience": "vigia",
        "oidc_jwks": issuer.url,
        "oidc_refresh_seconds": 3600.0,
    }
    async with running(settings.model_copy(update=changed), registry) as client:
        yield client


def token(key: RSAPrivateKey, kid: str) -> dict[str, str]:
    now = time.time()
    claims = {"iss": ISSUER, "aud": "vigia", "sub": "dr-ada", "iat": now, "exp": now + 3600}
    signed = jwt.encode({**claims, "roles": ["auditor"]}, key, "RS256", headers={"kid": kid})
    return {"authorization": f"Bearer {signed}"}


async def asked(client: httpx.AsyncClient, key: RSAPrivateKey, kid: str) -> int:
    return (await client.get("/models", headers=token(key, kid))).status_code


async def test_a_rotated_key_is_fetched_when_its_first_token_comes(
    client: httpx.AsyncClient, issuer: Issuer
) -> None:
    assert await asked(client, FIRST, "first") == 200
    assert await asked(client, SECOND, "second") == 401
    issuer.keys = {"first": FIRST, "second": SECOND}
    assert await asked(client, SECOND, "second") == 200
    assert await asked(client, FIRST, "first") == 200
    issuer.keys = {"second": SECOND}
    assert await asked(client, FIRST, "unheard-of") == 401  # which asks the issuer
    assert await asked(client, FIRST, "first") == 401


async def test_a_key_of_the_same_name_that_another_made_opens_nothing(
    client: httpx.AsyncClient,
) -> None:
    assert await asked(client, SECOND, "first") == 401


async def test_an_issuer_that_fails_takes_no_key_away(
    client: httpx.AsyncClient, issuer: Issuer
) -> None:
    assert await asked(client, FIRST, "first") == 200
    issuer.status = 500
    assert await asked(client, SECOND, "second") == 401
    assert await asked(client, FIRST, "first") == 200


async def test_a_start_without_the_issuer_answers_503_and_recovers(
    settings: Settings, registry: FolderRegistry, issuer: Issuer
) -> None:
    issuer.status = 500
    changed = {
        "auth": "oidc",
        "oidc_issuer": ISSUER,
        "oidc_audience": "vigia",
        "oidc_jwks": issuer.url,
    }
    async with running(settings.model_copy(update=changed), registry) as client:
        answer = await client.get("/models", headers=token(FIRST, "first"))
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:vigia:problem:identity-provider-away"
        assert int(answer.headers["retry-after"]) > 0
        assert (await client.get("/livez")).status_code == 200
        issuer.status = 200
        assert await asked(client, FIRST, "first") == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"keys": []}', b'{"keys": 1}', b"\xff\xfe"])
async def test_nonsense_of_the_issuer_takes_no_key_away(
    client: httpx.AsyncClient, issuer: Issuer, body: bytes
) -> None:
    assert await asked(client, FIRST, "first") == 200
    issuer.body = body
    assert await asked(client, SECOND, "second") == 401
    assert await asked(client, FIRST, "first") == 200


async def test_a_slow_issuer_holds_up_nobody_whose_key_is_known(
    client: httpx.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.security.issuer_keys._FETCH_SECONDS", 600)
    assert await asked(client, FIRST, "first") == 200
    issuer.goes_on.clear()
    found: list[int] = []

    async def unknown() -> None:
        found.append(await asked(client, SECOND, "second"))

    before = issuer.asked
    async with anyio.create_task_group() as group:
        group.start_soon(unknown)
        with anyio.fail_after(60):
            while issuer.asked == before:  # noqa: ASYNC110 - the issuer is in another thread
                await anyio.sleep(0.01)
        for _ in range(20):
            assert await asked(client, FIRST, "first") == 200
        assert found == []  # all of that while the issuer was waited for
        issuer.goes_on.set()
    assert found == [401]


async def test_an_issuer_that_never_answers_is_not_waited_for(
    client: httpx.AsyncClient, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.security.issuer_keys._FETCH_SECONDS", 0.2)
    assert await asked(client, FIRST, "first") == 200
    issuer.goes_on.clear()
    assert await asked(client, SECOND, "second") == 401
