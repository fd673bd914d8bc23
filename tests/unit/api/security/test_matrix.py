"""The one table: in the code, in the documentation, and as the routes behave."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Route

from api.app import create_app
from api.security import key_file, keys
from api.security.callers import Role
from api.security.installation import operation_of
from api.security.matrix import MATRIX, PUBLIC, permitted
from api.settings import Settings
from tests.unit.api.running import running
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio

DOCUMENT = Path(__file__).parents[4] / "docs" / "security.md"
REFUSED = {401, 403}


@pytest.fixture
def made(settings: Settings) -> dict[Role, str]:
    """One key of each role, in the file that the settings name."""
    with key_file.changing(settings.keys_path) as entries:
        found = {}
        for role in Role:
            found[role], entry = keys.make(f"a-{role}", role, None)
            entries[entry.id] = entry
    return found


@pytest.fixture
def guarded(settings: Settings, made: dict[Role, str]) -> Settings:
    return settings.model_copy(update={"environment": "production", "failures_per_minute": 10_000})


@pytest.fixture
async def outside(guarded: Settings, registry: FolderRegistry) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application outside development."""
    async with running(guarded, registry) as client:
        yield client


def routes(app: FastAPI) -> list[Route]:
    assert all(isinstance(route, Route) for route in app.routes)
    return [route for route in app.routes if isinstance(route, Route)]


@pytest.fixture
def app(guarded: Settings, registry: FolderRegistry) -> FastAPI:
    return create_app(guarded, registry)


def test_every_route_is_in_the_matrix_and_every_row_has_a_route(app: FastAPI) -> None:
    found = {operation_of(route, ("toy",)) for route in routes(app)}
    assert found == MATRIX.keys() | PUBLIC
    assert not MATRIX.keys() & PUBLIC


def test_the_documentation_shows_the_same_table() -> None:
    shown = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 2 + len(Role) and cells[0].startswith("`"):
            granted = dict(zip(Role, cells[2:], strict=True))
            assert set(granted.values()) <= {"yes", "no"}
            shown[cells[0].strip("`")] = {role for role in Role if granted[role] == "yes"}
    assert shown == {operation: permitted(operation) for operation in MATRIX.keys() | PUBLIC}


async def test_each_role_may_call_what_the_matrix_says_and_nothing_else(
    outside: httpx.AsyncClient, app: FastAPI, made: dict[Role, str]
) -> None:
    seen = 0
    for route in routes(app):
        operation = operation_of(route, ("toy",))
        for method in sorted((route.methods or set()) - {"HEAD"}):
            for role, key in made.items():
                answer = await outside.request(
                    method, route.path, headers={"authorization": f"Bearer {key}"}
                )
                expected = role in permitted(operation)
                assert (answer.status_code not in REFUSED) is expected, (operation, role)
                if not expected:
                    assert answer.status_code == 403
                    if route.path.startswith("/v2"):
                        assert answer.json().keys() == {"error"}
                    else:
                        assert answer.json()["type"] == "urn:vigia:problem:not-allowed"
                seen += 1
    assert seen >= len(Role) * len(MATRIX.keys() | PUBLIC)


async def test_without_a_key_everything_but_the_probes_is_refused(
    outside: httpx.AsyncClient, app: FastAPI
) -> None:
    addresses = [
        (method, route.path, operation_of(route, ("toy",)))
        for route in routes(app)
        for method in route.methods or ()
    ]
    unknown = [("GET", "/nowhere", ""), ("POST", "/models/heart/predict", ""), ("PUT", "/x", "")]
    for method, path, operation in [*addresses, *unknown]:
        answer = await outside.request(method, path, content=b'{"age": 60}')
        if operation in PUBLIC:
            assert answer.status_code not in REFUSED
        else:
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"] == 'Bearer realm="vigia"'
            of_protocol = path.startswith("/v2")
            kind = "application/json" if of_protocol else "application/problem+json"
            assert answer.headers["content-type"] == kind


async def test_a_wrong_key_is_told_so_counted_and_audited_without_the_key(
    outside: httpx.AsyncClient, made: dict[Role, str], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    wrong = made[Role.CLINICIAN][:-3] + "abc"
    answer = await outside.post("/predict", headers={"x-api-key": wrong}, json={"age": 60})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    logged = capsysbinary.readouterr().out.decode()
    assert '"reason":"unknown_key"' in logged
    monitor = {"x-api-key": made[Role.MONITOR]}
    text = (await outside.get("/metrics", headers=monitor)).text
    assert 'api_refused_requests_total{reason="unknown_key"} 1.0' in text
    assert (await outside.post("/predict", headers=monitor, json={})).status_code == 403
    logged += capsysbinary.readouterr().out.decode()
    assert '"caller":"a-monitor","operation":"predict"' in logged
    for leaked in (wrong, wrong[19:], made[Role.MONITOR]):
        assert leaked not in answer.text + text + logged


async def test_refusals_are_kept_in_the_audit_but_never_many(
    guarded: Settings, registry: FolderRegistry, made: dict[Role, str]
) -> None:
    async with running(guarded, registry) as client:
        for _ in range(70):
            assert (await client.get("/models")).status_code == 401
        headers = {"x-api-key": made[Role.MONITOR]}
        assert (await client.post("/predict", headers=headers)).status_code == 403
    with closing(sqlite3.connect(guarded.state_dir / "history.db")) as history:
        rows = history.execute(
            "SELECT caller, detail, count(*) FROM audit"
            " WHERE action = 'refused_access' GROUP BY caller, detail"
        ).fetchall()
    kept = {(caller, detail): count for caller, detail, count in rows}
    assert kept.keys() == {("anonymous", "no_credentials"), ("a-monitor", "forbidden: predict")}
    assert 60 <= kept["anonymous", "no_credentials"] < 70  # one more a minute may be kept


async def test_an_address_that_fails_too_often_is_told_to_wait_and_fills_no_log(
    guarded: Settings, registry: FolderRegistry, made: dict[Role, str]
) -> None:
    strict = guarded.model_copy(update={"failures_per_minute": 3})
    async with running(strict, registry) as client:
        answers = [await client.get("/models") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [401] * 3 + [429] * 2
        assert int(answers[-1].headers["retry-after"]) > 0
        key = {"x-api-key": made[Role.AUDITOR]}
        assert (await client.get("/models", headers=key)).status_code == 200


async def test_in_development_nobody_has_to_say_who_calls(
    settings: Settings, registry: FolderRegistry
) -> None:
    async with running(settings, registry) as client:
        assert (await client.get("/metrics")).status_code == 200
