"""The authorization matrix over real connections, and every way around it that we know of."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from api.security import key_file, keys
from api.security.callers import Role
from api.security.installation import ALIAS
from api.security.matrix import PUBLIC, permitted
from tests.integration.api.hostile.conftest import REAL, Keys
from tests.integration.api.real_server import Server

REFUSED = {401, 403}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
# Not in the OpenAPI document: the pages of documentation, and itself.
UNDOCUMENTED = {
    "openapi": ("GET", "/openapi.json"),
    "docs": ("GET", "/docs"),
    "docs_file": ("GET", "/docs/start.js"),
}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Asker:
    """Sends requests as they are written: no client in between mends an address."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def __call__(self, method: str, path: str, headers: dict[str, str] | None = None) -> Answer:
        self._connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            self._connection.putheader(name, value)
        self._connection.endheaders()
        answer = self._connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, answer.read())

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def ask(service: Server) -> Iterator[Asker]:
    with closing(Asker(service)) as asker:
        yield asker


@pytest.fixture
def operations(ask: Asker, made: Keys) -> dict[str, tuple[str, str]]:
    """Method and address of every operation, by its id."""
    document = json.loads(ask("GET", "/openapi.json", bearer(made[Role.AUDITOR])).body)
    found = {
        call["operationId"]: (method.upper(), filled(path))
        for path, calls in document["paths"].items()
        for method, call in calls.items()
    }
    assert len(found) > 40
    return found | UNDOCUMENTED


def filled(path: str) -> str:
    values = {"job": "0" * 32, "prediction_id": "0" * 38, "name": "toy", "version": "1"}
    return path.format_map(values)


def row(operation: str) -> str:
    """Return the row of the matrix for an operation."""
    for problem in ("toy", *REAL):
        operation = operation.removesuffix(f"_{problem}")
    return operation.partition(ALIAS)[0]


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_each_role_may_call_what_the_matrix_says(
    ask: Asker, operations: dict[str, tuple[str, str]], made: Keys
) -> None:
    for operation, (method, path) in operations.items():
        for role, key in made.items():
            for headers in (bearer(key), {"X-API-Key": key}):
                status = ask(method, path, headers).status
                expected = role in permitted(row(operation))
                assert (status not in REFUSED) is expected, (operation, role, status)
                assert expected or status == 403, (operation, role, status)


def wrong_credentials(made: Keys, expired: str) -> dict[str, dict[str, str]]:
    key = made[Role.CLINICIAN]
    return {
        "none": {},
        "an empty key": {"x-api-key": ""},
        "an empty bearer": {"authorization": "Bearer"},
        "another scheme": {"authorization": f"Basic {key}"},
        "no scheme": {"authorization": key},
        "an expired key": bearer(expired),
        "half a key": bearer(key[: len(key) // 2]),
        "a key and more": bearer(key + "x"),
        "a key in capitals": bearer(key.upper()),
        "its id alone": bearer(key[6:18]),
        "two keys": bearer(f"{key} {key}"),
        "a key in quotes": bearer(f'"{key}"'),
        "a token that signs nothing": bearer("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."),
        "a cookie": {"cookie": f"authorization={key}; x-api-key={key}"},
        "another header": {"x-authorization": f"Bearer {key}", "proxy-authorization": key},
        "a proxy's word": {"x-forwarded-for": "127.0.0.1", "x-forwarded-user": "root"},
        "another address": {"x-original-url": "/livez", "x-rewrite-url": "/livez"},
        "another method": {"x-http-method-override": "GET"},
        "a long key": bearer("v" * 9000),
    }


@pytest.fixture
def expired(state: Path) -> str:
    with key_file.changing(state / "api-keys.json") as entries:
        key, entry = keys.make("old", Role.CLINICIAN, datetime.now(UTC) - timedelta(days=1))
        entries[entry.id] = entry
    return key


def test_nothing_is_reachable_without_a_valid_key(
    expired: str, ask: Asker, operations: dict[str, tuple[str, str]], made: Keys
) -> None:
    for name, headers in wrong_credentials(made, expired).items():
        for operation, (method, path) in operations.items():
            answer = ask(method, path, headers)
            if row(operation) in PUBLIC:
                assert answer.status not in REFUSED, (operation, name)
            else:
                assert answer.status == 401, (operation, name)
                assert "www-authenticate" in answer.headers
                assert made[Role.CLINICIAN].encode() not in answer.body


def test_no_other_way_of_writing_an_address_leads_around_it(
    ask: Asker, operations: dict[str, tuple[str, str]]
) -> None:
    guarded = {path for name, (_, path) in operations.items() if row(name) not in PUBLIC}
    for path in guarded:
        for written in ways_to_write(path):
            answer = ask("GET", written)
            assert answer.status in {400, 401}, (written, answer.status)


def ways_to_write(path: str) -> list[str]:
    """Return addresses that some servers, or a proxy before one, take for the same."""
    coded = f"/%{ord(path[1]):02x}{path[2:]}"
    return [
        *(f"{path}/", f"/{path}", f"//{path}/", f"/.{path}", f"/livez/..{path}", f"{path}/."),
        *(f"/livez/%2e%2e{path}", f"/livez%2f..{path}", f"/livez;{path}", f"/livez%3f{path}"),
        *(path.upper(), path.title(), coded, coded.replace("%", "%25"), f"{path}%00", f"{path}%20"),
        *(f"{path};x=1", f"{path}?x=/livez", f"{path}.json", f"/%2f{path[1:]}", f"{path}%2f"),
        *(f"http://127.0.0.1{path}", f"http://other.example{path}", f"/health/..{path}"),
    ]


def test_no_other_method_leads_around_it(
    ask: Asker, operations: dict[str, tuple[str, str]]
) -> None:
    public = {path for name, (_, path) in operations.items() if row(name) in PUBLIC}
    for _, path in operations.values():
        for method in METHODS:
            answer = ask(method, path)
            if path in public:
                assert answer.status not in REFUSED
            else:
                assert answer.status == 401, (method, path, answer.status)


def test_a_public_address_tells_nothing_by_another_method(ask: Asker) -> None:
    for path in ("/", "/health", "/livez", "/readyz", "/v2/health/live", "/v2/health/ready"):
        for method in METHODS[1:]:
            answer = ask(method, path)
            assert answer.status == 405, (method, path)
            assert answer.headers["allow"] == "GET"
