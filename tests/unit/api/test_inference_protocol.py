from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from api.settings import Settings
from ml.registry import Version
from tests import toy
from tests.unit.api.running import running
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio

INFER = "/v2/models/toy/infer"
AGES: dict[str, Any] = {"name": "age", "shape": [2], "datatype": "INT64", "data": [60, 61]}


def tensor(**changes: Any) -> dict[str, Any]:
    return {"inputs": [{**AGES, **changes}]}


async def risks(client: httpx.AsyncClient, records: list[dict[str, Any]]) -> list[float]:
    answer = await client.post("/predict", json={"records": records})
    found: list[float] = answer.json()["predictions"]
    return found


async def test_the_server_describes_itself(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v2")).json() == {"name": "vigia", "version": "1", "extensions": []}
    assert (await client.get("/v2/health/live")).json() == {"live": True}
    assert (await client.get("/v2/health/ready")).json() == {"live": True, "ready": True}


@pytest.mark.parametrize("path", ["/v2/models/toy", "/v2/models/toy/versions/1"])
async def test_a_model_describes_itself(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).json() == {
        "name": "toy",
        "versions": ["1"],
        "platform": "xgboost",
        "inputs": [
            {"name": "age", "datatype": "INT64", "shape": [-1]},
            {"name": "weight-kg", "datatype": "FP64", "shape": [-1]},
            {"name": "days", "datatype": "INT64", "shape": [-1]},
            {"name": "colour", "datatype": "BYTES", "shape": [-1]},
            {"name": "reason", "datatype": "BYTES", "shape": [-1]},
        ],
        "outputs": [
            {"name": "risk", "datatype": "FP64", "shape": [-1]},
            {"name": "probabilities", "datatype": "FP64", "shape": [-1, 2]},
            {"name": "predicted", "datatype": "BYTES", "shape": [-1]},
        ],
    }
    assert (await client.get(f"{path}/ready")).json() == {"name": "toy", "ready": True}


async def test_risks_are_those_of_predict(
    client: httpx.AsyncClient, versions: dict[str, Version]
) -> None:
    rows = toy.generate(300, seed=2).select(["age", "weight-kg", "days", "colour", "reason"])
    inputs = [
        {"name": name, "shape": [300], "datatype": "BYTES", "data": rows[name].to_pylist()}
        for name in reversed(rows.column_names)
    ]
    answer = (await client.post(INFER, json={"id": "42", "inputs": inputs})).json()
    assert (answer["model_name"], answer["model_version"], answer["id"]) == ("toy", "1", "42")
    assert answer["parameters"]["digest"] == versions["1"].digest
    risk, probabilities, predicted = answer["outputs"]
    expected = await risks(client, rows.to_pylist())
    assert risk == {"name": "risk", "shape": [300], "datatype": "FP64", "data": expected}
    assert (probabilities["name"], probabilities["shape"]) == ("probabilities", [300, 2])
    assert probabilities["data"][1::2] == expected
    assert (predicted["name"], predicted["shape"]) == ("predicted", [300])
    likelier = ["yes" if each > 0.5 else "no" for each in expected]
    assert predicted["data"] == likelier
    pairs = zip(probabilities["data"][::2], expected, strict=True)
    assert all(no + yes == pytest.approx(1) for no, yes in pairs)


# What the clients of the two platforms put on the wire for the same two records.
CLIENTS = {
    "KServe, InferInput with data": {
        "id": "c0ffee",
        "inputs": [
            {"name": "age", "shape": [2], "datatype": "INT32", "data": [60, 61]},
            {"name": "weight-kg", "shape": [2], "datatype": "FP32", "data": [72.5, None]},
            {"name": "colour", "shape": [2], "datatype": "BYTES", "data": ["red", "?"]},
        ],
    },
    "KServe, a frame with parameters": {
        "parameters": {"content_type": "pd"},
        "inputs": [
            {"name": "age", "shape": [2], "datatype": "BYTES", "data": ["60", "61"]},
            {"name": "weight-kg", "shape": [2], "datatype": "BYTES", "data": ["72.5", ""]},
            {"name": "colour", "shape": [2], "datatype": "BYTES", "data": ["red", None]},
        ],
    },
    "MLServer, PandasCodec": {
        "parameters": {"content_type": "pd"},
        "inputs": [
            {
                "name": "age",
                "shape": [2, 1],
                "datatype": "INT64",
                "parameters": None,
                "data": [60, 61],
            },
            {
                "name": "weight-kg",
                "shape": [2, 1],
                "datatype": "FP64",
                "parameters": {"content_type": "np"},
                "data": [72.5, None],
            },
            {
                "name": "colour",
                "shape": [2, 1],
                "datatype": "BYTES",
                "parameters": {"content_type": "str"},
                "data": ["red", None],
            },
        ],
        "outputs": [],
    },
    "nested, with requested outputs": {
        "inputs": [
            {"name": "age", "shape": [2, 1], "datatype": "FP64", "data": [[60.0], [61.0]]},
            {"name": "weight-kg", "shape": [2, 1], "datatype": "FP64", "data": [[72.5], [None]]},
            {"name": "colour", "shape": [2, 1], "datatype": "BYTES", "data": [["red"], [""]]},
        ],
        "outputs": [{"name": "risk", "parameters": {"binary_data": False}}],
    },
}


@pytest.mark.parametrize("name", CLIENTS)
async def test_what_known_clients_send_is_answered(client: httpx.AsyncClient, name: str) -> None:
    response = await client.post(INFER, json=CLIENTS[name])
    assert response.status_code == 200, response.text
    expected = await risks(client, [{"age": 60, "weight-kg": 72.5, "colour": "red"}, {"age": 61}])
    assert response.json()["outputs"][0]["data"] == expected


async def test_a_request_without_an_id_is_answered_with_its_request_id(
    client: httpx.AsyncClient,
) -> None:
    response = await client.post(INFER, json=tensor())
    assert response.json()["id"] == response.headers["x-request-id"]


async def test_only_the_outputs_that_are_asked_for_are_sent(client: httpx.AsyncClient) -> None:
    body = {**tensor(), "outputs": [{"name": "probabilities"}]}
    (output,) = (await client.post(INFER, json=body)).json()["outputs"]
    assert output["name"] == "probabilities"


async def test_an_inference_is_in_the_history(client: httpx.AsyncClient) -> None:
    answer = (await client.post(INFER, json=tensor())).json()
    page = (await client.get("/predictions")).json()
    assert {row["risk"] for row in page["predictions"]} == set(answer["outputs"][0]["data"])


BAD: dict[str, tuple[Any, int, str]] = {
    "no JSON": (b"{", 400, "too early"),
    "a list": (b"[]", 400, "object"),
    "no inputs": ({}, 400, "inputs"),
    "empty inputs": ({"inputs": []}, 409, "at least one"),
    "inputs of another type": ({"inputs": {"age": [60]}}, 400, "inputs"),
    "an id that is a number": ({"id": 7, **tensor()}, 400, "id"),
    "no name": ({"inputs": [{"shape": [1], "datatype": "BYTES", "data": ["x"]}]}, 400, "name"),
    "no data": ({"inputs": [{"name": "age", "shape": [1], "datatype": "BYTES"}]}, 400, "data"),
    "data that are no list": (tensor(data="60"), 400, "data"),
    "a shape of texts": (tensor(shape=["2"]), 400, "shape"),
    "an empty shape": (tensor(shape=[]), 409, "shape"),
    "a matrix": (tensor(shape=[1, 2]), 409, "shape"),
    "three dimensions": (tensor(shape=[2, 1, 1]), 409, "shape"),
    "a negative shape": (tensor(shape=[-1]), 409, "between"),
    "no records": (tensor(shape=[0], data=[]), 409, "between"),
    "too many records": (tensor(shape=[1001], data=[60] * 1001), 409, "between"),
    "fewer values than the shape": (tensor(shape=[3]), 409, "2 values"),
    "more values than the shape": (tensor(shape=[1]), 409, "2 values"),
    "an unknown datatype": (tensor(datatype="INT128"), 409, "must be of"),
    "texts as integers": (tensor(data=["60", "61"]), 409, "no INT64"),
    "floats as integers": (tensor(data=[60.5, 61]), 409, "no INT64"),
    "booleans as integers": (tensor(data=[True, False]), 409, "no INT64"),
    "numbers as texts": (tensor(datatype="BYTES"), 409, "no BYTES"),
    "lists in lists": (tensor(data=[[60, 61], [62]]), 409, "no INT64"),
    "booleans": (tensor(datatype="BOOL", data=[True, False]), 409, "whole number"),
    "base64": (tensor(parameters={"content_type": "base64"}), 409, "base64"),
    "binary": (tensor(parameters={"binary_data_size": 16}), 409, "binary"),
    "one tensor twice": ({"inputs": [AGES, AGES]}, 409, "twice"),
    "different lengths": (
        {"inputs": [AGES, {"name": "days", "shape": [1], "datatype": "INT64", "data": [3]}]},
        409,
        "as many",
    ),
    "an unknown column": (tensor(name="years"), 409, "unknown_field"),
    "a value outside the contract": (tensor(data=[60, 500]), 409, "records[1].age"),
    "an unknown output": ({**tensor(), "outputs": [{"name": "band"}]}, 409, "risk"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_request_gets_the_error_of_the_protocol(
    client: httpx.AsyncClient, name: str
) -> None:
    body, status, told = BAD[name]
    given: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
    response = await client.post(INFER, **given)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert list(response.json()) == ["error"]
    assert told in response.json()["error"]


async def test_binary_data_and_other_media_types_are_refused(client: httpx.AsyncClient) -> None:
    headers = {"inference-header-content-length": "7"}
    response = await client.post(INFER, json=tensor(), headers=headers)
    assert (response.status_code, "binary" in response.json()["error"]) == (400, True)
    response = await client.post(INFER, content=b"x", headers={"content-type": "text/plain"})
    assert (response.status_code, list(response.json())) == (415, ["error"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/models/heart"),
        ("GET", "/v2/models/heart/ready"),
        ("POST", "/v2/models/heart/infer"),
        ("GET", "/v2/models/toy/versions/9"),
        ("GET", "/v2/models/toy/versions/9/ready"),
        ("POST", "/v2/models/toy/versions/9/infer"),
    ],
)
async def test_an_unknown_model_or_version_is_not_found(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    response = await client.request(method, path, json=tensor() if method == "POST" else None)
    assert response.status_code == 404
    assert list(response.json()) == ["error"]


@pytest.mark.parametrize("count", [2, 100])
async def test_a_named_version_answers_though_another_is_swapped_in_meanwhile(
    client: httpx.AsyncClient, registry: FolderRegistry, versions: dict[str, Version], count: int
) -> None:
    ages = tensor(shape=[count], data=[60] * count)
    (expected, *_) = await risks(client, [{"age": 60}])

    async def slowly() -> AsyncIterator[bytes]:
        body = msgspec.json.encode(ages)
        yield body[:20]
        registry.promoted = versions["2"]
        # A task of its own, as each request has one in a server.
        reload = asyncio.create_task(client.post("/reload-model"))
        assert (await reload).json()["new"] == "2"
        yield body[20:]

    named = "/v2/models/toy/versions/1/infer"
    response = await client.post(
        named, content=slowly(), headers={"content-type": "application/json"}
    )
    assert response.status_code == 200
    assert response.json()["model_version"] == "1"
    assert response.json()["outputs"][0]["data"] == [expected] * count
    assert (await client.post(named, json=ages)).status_code == 404
    kept = (await client.get("/predictions")).json()
    assert (kept["total"], kept["predictions"][0]["model_version"]) == (count + 1, "1")


async def test_without_a_model_nothing_is_ready(
    settings: Settings, registry: FolderRegistry
) -> None:
    registry.promoted = None
    async with running(settings, registry) as client:
        assert (await client.get("/v2/health/live")).status_code == 200
        for path in ("/v2/health/ready", "/v2/models/toy/ready", "/v2/models/toy"):
            assert (await client.get(path)).status_code == 503
        response = await client.post(INFER, json=tensor())
        assert response.status_code == 503
        assert list(response.json()) == ["error"]
        assert "retry-after" in response.headers
