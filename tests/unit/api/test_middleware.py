from __future__ import annotations

import json

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from api.draining import Draining
from api.metrics import Metrics
from api.middleware import Surroundings
from api.security.headers import SecurityHeaders
from api.settings import Settings
from tests.unit.api.running import running
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("given", ["abcdefgh", "0b9c-11.f_A" * 5])
async def test_a_well_formed_request_id_is_kept(client: httpx.AsyncClient, given: str) -> None:
    response = await client.get("/livez", headers={"x-request-id": given})
    assert response.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "short", "a" * 129, 'with "quotes"', "<script>alert"])
async def test_another_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    response = await client.get("/livez", headers={"x-request-id": given})
    assert len(response.headers["x-request-id"]) == 32


async def test_an_unforeseen_error_leaks_nothing_and_is_logged(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    metrics = Metrics()
    app = FastAPI()

    @app.get("/breaks")
    async def breaks(_: Request) -> None:
        raise ValueError("patient s3cret")

    app.add_middleware(
        Surroundings,
        metrics=metrics,
        headers=SecurityHeaders(0),
        draining=Draining(0),
        access_log=True,
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        response = await client.get("/breaks")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["request_id"] == response.headers["x-request-id"]
    logged = capsysbinary.readouterr().out.decode()
    assert "ValueError" not in response.text
    assert "ValueError at" in logged
    assert "s3cret" not in response.text + logged


async def test_each_request_leaves_one_line_without_query_or_body(
    settings: Settings, registry: FolderRegistry, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    async with running(settings, registry) as client:
        await client.post("/reload-model")
        capsysbinary.readouterr()
        await client.post("/predict?name=s3cret", json={"colour": "s3cret"})
        (line,) = capsysbinary.readouterr().out.splitlines()
    entry = json.loads(line)
    assert (entry["route"], entry["method"], entry["status"]) == ("/predict", "POST", 422)
    assert entry["ms"] >= 0
    assert len(entry["request_id"]) == 32
    assert b"s3cret" not in line


async def test_the_access_log_can_be_switched_off(
    settings: Settings, registry: FolderRegistry, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    quiet = settings.model_copy(update={"access_log": False})
    async with running(quiet, registry) as client:
        await client.post("/reload-model")
        capsysbinary.readouterr()
        await client.get("/livez")
        assert capsysbinary.readouterr().out == b""
