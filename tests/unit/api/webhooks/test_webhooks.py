"""Deliveries of the registry, through the application."""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from mlflow.entities.webhook import WebhookEvent
from mlflow.webhooks import delivery as mlflow_delivery
from mlflow.webhooks.types import get_example_payload_for_event
from pydantic import SecretStr

from api.settings import Settings
from api.webhooks import signature
from api.webhooks.__main__ import main
from api.webhooks.deliveries import Deliveries
from api.webhooks.errors import RepeatedDelivery
from api.webhooks.events import EVENTS
from ml.errors import InvalidSettings
from ml.registry import Version
from tests.unit.api.running import running, until
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio

SECRET = "a-secret-of-the-registry-and-the-service"
ROUTE = "/webhooks/registry"


@pytest.fixture
def told(settings: Settings) -> Settings:
    return settings.model_copy(update={"webhook_secret": SecretStr(SECRET)})


@pytest.fixture
async def service(told: Settings, registry: FolderRegistry) -> AsyncIterator[httpx.AsyncClient]:
    """An application that takes deliveries; its poll is too slow to have a part in it."""
    async with running(told, registry) as client:
        yield client


def event(kind: str = EVENTS[0], name: object = "toy", **more: object) -> bytes:
    entity, _, action = kind.partition(".")
    data = {"name": name, "alias": "production", "version": "2"}
    body = {"entity": entity, "action": action, "timestamp": "2026-11-02", "data": data}
    return json.dumps(body | more).encode()


def signed(body: bytes, delivery: str = "d-1", *, at: float | None = None) -> dict[str, str]:
    """Return the headers that MLflow itself sends with a body."""
    timestamp = str(int(time.time() if at is None else at))
    sign = mlflow_delivery._generate_hmac_signature  # noqa: SLF001 - the truth is in there alone
    return {
        "content-type": "application/json",
        "x-mlflow-delivery-id": delivery,
        "x-mlflow-timestamp": timestamp,
        "x-mlflow-signature": sign(SECRET, delivery, timestamp, body.decode()),
    }


async def counted(client: httpx.AsyncClient) -> dict[str, float]:
    lines = (await client.get("/metrics")).text.splitlines()
    start = 'api_webhook_deliveries_total{result="'
    found = [line.removeprefix(start) for line in lines if line.startswith(start)]
    return {line.partition('"')[0]: float(line.rpartition(" ")[2]) for line in found}


async def version_of(client: httpx.AsyncClient) -> str:
    return str((await client.post("/predict", json={"age": 60})).json()["model"]["version"])


@pytest.mark.parametrize("kind", EVENTS)
async def test_an_alias_that_changes_is_followed_at_once(
    service: httpx.AsyncClient,
    registry: FolderRegistry,
    versions: dict[str, Version],
    kind: str,
) -> None:
    assert await version_of(service) == "1"
    registry.promoted = versions["2"]
    body = event(kind)
    answer = await service.post(ROUTE, content=body, headers=signed(body))
    assert answer.status_code == 202
    assert answer.json()["result"] == "accepted"
    assert answer.json()["problem"] == "toy"

    async def followed() -> bool:
        return await version_of(service) == "2"

    await until(followed, seconds=60)
    assert await counted(service) == {"accepted": 1}


@pytest.mark.parametrize(
    "body",
    [
        event("model_version.created"),
        event("prompt.created"),
        event("something.new"),
        event(name="heart"),
        event(name=["toy"]),
        event(data={}),
        *(
            json.dumps(
                {
                    "entity": one.partition(".")[0],
                    "action": one.partition(".")[2],
                    "data": get_example_payload_for_event(WebhookEvent(*one.split("."))),
                }
            ).encode()
            for one in EVENTS  # what MLflow sends when somebody presses Test
        ),
    ],
)
async def test_what_changes_nothing_here_is_told_so_and_not_sent_again(
    service: httpx.AsyncClient, registry: FolderRegistry, body: bytes
) -> None:
    asked = registry.questions
    answer = await service.post(ROUTE, content=body, headers=signed(body))
    assert answer.status_code == 200
    assert answer.json()["result"] == "ignored"
    assert answer.json()["detail"]
    assert registry.questions == asked
    assert await counted(service) == {"ignored": 1}


async def test_a_member_that_a_later_release_adds_disturbs_nobody(
    service: httpx.AsyncClient,
) -> None:
    body = event(workspace="default", deep={"a": [{"b": 1}]})
    answer = await service.post(ROUTE, content=body, headers=signed(body))
    assert answer.status_code == 202


def without(headers: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key != name}


BODY = event()
# What is wrong about a delivery, and what is done to the headers of a good one. They are
# made in the test: those of the time of collection may have gone stale.
UNSIGNED: list[tuple[str, Callable[[dict[str, str]], dict[str, str]]]] = [
    ("unsigned", lambda _: {}),
    ("unsigned", lambda good: without(good, "x-mlflow-signature")),
    ("unsigned", lambda good: without(good, "x-mlflow-delivery-id")),
    ("unsigned", lambda good: without(good, "x-mlflow-timestamp")),
    ("unsigned", lambda good: good | {"x-mlflow-timestamp": "soon"}),
    ("unsigned", lambda good: good | {"x-mlflow-timestamp": "-5"}),
    ("unsigned", lambda good: good | {"x-mlflow-timestamp": "1e9"}),
    ("unsigned", lambda good: good | {"x-mlflow-delivery-id": "d" * 201}),
    ("stale", lambda good: good | {"x-mlflow-timestamp": "9" * 40}),
    ("stale", lambda _: signed(BODY, at=time.time() - 3600)),
    ("stale", lambda _: signed(BODY, at=time.time() + 3600)),
    ("wrong_signature", lambda good: good | {"x-mlflow-delivery-id": "another"}),
    ("wrong_signature", lambda good: good | {"x-mlflow-signature": "v1,"}),
    ("wrong_signature", lambda good: good | altered(good, lambda text: text[3:])),
    ("wrong_signature", lambda good: good | altered(good, lambda text: text + "=")),
    ("wrong_signature", lambda _: signed(BODY + b" ")),
]


def altered(headers: dict[str, str], how: Callable[[str], str]) -> dict[str, str]:
    return {"x-mlflow-signature": how(headers["x-mlflow-signature"])}


@pytest.mark.parametrize(("reason", "spoil"), UNSIGNED)
async def test_what_the_registry_did_not_sign_just_now_is_refused(
    service: httpx.AsyncClient,
    registry: FolderRegistry,
    reason: str,
    spoil: Callable[[dict[str, str]], dict[str, str]],
) -> None:
    asked = registry.questions
    answer = await service.post(ROUTE, content=BODY, headers=spoil(signed(BODY)))
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:vigia:problem:unsigned-delivery"
    assert answer.headers["www-authenticate"] == "MLflow-Signature"
    assert registry.questions == asked
    assert await counted(service) == {reason: 1}
    assert SECRET not in answer.text


async def test_a_signature_that_is_no_ascii_is_refused(service: httpx.AsyncClient) -> None:
    headers = {**signed(BODY), "x-mlflow-signature": "v1,é".encode("latin-1")}
    answer = await service.post(ROUTE, content=BODY, headers=headers)  # type: ignore[arg-type] # httpx takes bytes
    assert answer.status_code == 401


async def test_an_altered_body_is_refused(service: httpx.AsyncClient) -> None:
    answer = await service.post(ROUTE, content=event(name="heart"), headers=signed(BODY))
    assert answer.status_code == 401


async def test_a_delivery_is_taken_once_by_all_workers(
    service: httpx.AsyncClient, told: Settings, registry: FolderRegistry
) -> None:
    headers = signed(BODY)
    assert (await service.post(ROUTE, content=BODY, headers=headers)).status_code == 202
    async with running(told, registry) as other:
        for client in (service, other):
            answer = await client.post(ROUTE, content=BODY, headers=headers)
            assert answer.status_code == 409
            assert answer.json()["type"] == "urn:vigia:problem:repeated-delivery"
    again = signed(BODY, "d-2")
    assert (await service.post(ROUTE, content=BODY, headers=again)).status_code == 202


async def test_a_delivery_that_one_worker_takes_reaches_the_other(
    service: httpx.AsyncClient,
    told: Settings,
    registry: FolderRegistry,
    versions: dict[str, Version],
) -> None:
    async with running(told, registry) as other:
        registry.promoted = versions["2"]
        await service.post(ROUTE, content=BODY, headers=signed(BODY))

        async def followed() -> bool:
            return {await version_of(service), await version_of(other)} == {"2"}

        await until(followed, seconds=60)


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (b"", 400, "malformed-body"),
        (b"{", 400, "malformed-body"),
        (b"[]", 400, "malformed-body"),
        (b'{"entity":"a","entity":"b","action":"c","data":{}}', 400, "malformed-body"),
        (b'{"entity":"a","action":NaN,"data":{}}', 400, "malformed-body"),
        (b"{}", 422, "invalid-request"),
        (b'{"entity":1,"action":"c","data":{}}', 422, "invalid-request"),
        (b'{"entity":"a","action":"c","data":[]}', 422, "invalid-request"),
        (b'{"entity":"' + b"a" * 70_000 + b'"}', 413, "body-too-large"),
    ],
)
async def test_a_signed_body_that_is_no_event_is_refused(
    service: httpx.AsyncClient, body: bytes, status: int, slug: str
) -> None:
    answer = await service.post(ROUTE, content=body, headers=signed(body))
    assert answer.status_code == status
    assert answer.json()["type"] == f"urn:vigia:problem:{slug}"
    assert await counted(service) == {"malformed": 1}


async def test_a_delivery_that_is_no_json_is_refused(service: httpx.AsyncClient) -> None:
    headers = signed(BODY) | {"content-type": "text/plain"}
    assert (await service.post(ROUTE, content=BODY, headers=headers)).status_code == 415


async def test_without_a_secret_the_route_says_which_setting_there_is(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post(ROUTE, content=BODY, headers=signed(BODY))
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:vigia:problem:webhook-off"
    assert "VIGIA_WEBHOOK_SECRET" in answer.json()["detail"]


async def test_a_delivery_that_cannot_be_noted_is_to_be_sent_again(
    told: Settings, registry: FolderRegistry
) -> None:
    async with running(told, registry) as client:
        told.deliveries_dir.parent.mkdir(parents=True, exist_ok=True)
        told.deliveries_dir.touch()  # in the way of the folder
        answer = await client.post(ROUTE, content=BODY, headers=signed(BODY))
        assert answer.status_code == 503  # MLflow tries again
        told.deliveries_dir.unlink()
        answer = await client.post(ROUTE, content=BODY, headers=signed(BODY))
        assert answer.status_code == 202


async def test_unsigned_deliveries_fill_no_log(
    told: Settings, registry: FolderRegistry, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    strict = told.model_copy(update={"failures_per_minute": 3})
    async with running(strict, registry) as client:
        capsysbinary.readouterr()
        answers = [await client.post(ROUTE, content=BODY) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 3 + [429] * 3
        lines = capsysbinary.readouterr().out.splitlines()
        assert sum(b"access_refused" in line for line in lines) == 3
        good = await client.post(ROUTE, content=BODY, headers=signed(BODY))
        assert good.status_code == 202


def test_old_deliveries_are_forgotten(told: Settings) -> None:
    deliveries = Deliveries(told.deliveries_dir, 60)
    deliveries.note("old", "toy")
    with pytest.raises(RepeatedDelivery):
        deliveries.note("old", "toy")
    (note,) = told.deliveries_dir.iterdir()
    os.utime(note, (time.time() - 61,) * 2)
    deliveries.note("new", None)
    assert len(deliveries.notes()) == 1
    deliveries.note("old", "toy")


def test_the_signature_is_the_one_that_mlflow_makes() -> None:
    headers = signed(BODY)
    own = signature.sign("d-1", headers["x-mlflow-timestamp"], BODY, SECRET)
    assert own == headers["x-mlflow-signature"]


@pytest.mark.parametrize("secret", ["short", "change-me" * 5])
def test_a_secret_that_is_none_stops_the_start_outside_development(secret: str) -> None:
    made: dict[str, Any] = {"default_problem": "toy", "webhook_secret": SecretStr(secret)}
    assert Settings(**made).webhook_secret
    with pytest.raises(InvalidSettings, match="VIGIA_WEBHOOK_SECRET") as refused:
        Settings(**made, environment="production")
    assert secret not in str(refused.value)


def test_the_command_says_which_secret_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", "http://127.0.0.1:1"]) == 1
    assert "VIGIA_WEBHOOK_SECRET" in capsys.readouterr().err
