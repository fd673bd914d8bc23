from __future__ import annotations

import re
from typing import Any

import httpx
import msgspec
import pytest

from api import schemas
from tests import toy

pytestmark = pytest.mark.anyio


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/openapi.json")).json()
    return found


def columns_of(document: dict[str, Any]) -> dict[str, Any]:
    body = document["paths"]["/models/toy/predict"]["post"]["requestBody"]
    one: dict[str, Any] = body["content"]["application/json"]["schema"]["oneOf"][1]
    return dict(one["properties"])


async def test_the_operation_ids_are_stable_and_unique(document: dict[str, Any]) -> None:
    ids = [call["operationId"] for path in document["paths"].values() for call in path.values()]
    assert sorted(ids) == sorted(
        [
            *("service", "models", "health", "livez", "readyz", "metrics"),
            *("predict", "model_info", "reload_model"),
            *("predict_toy", "model_info_toy", "reload_model_toy"),
            *("predictions", "prediction", "outcomes"),
            *("feedback", "activity", "versions", "whoami"),
            *("feedback_toy", "activity_toy", "versions_toy"),
            *("monitoring", "monitoring_toy"),
            *("predict_batch", "batch_job", "batch_result", "batch_delete"),
            *("predict_batch_toy", "batch_job_toy", "batch_result_toy", "batch_delete_toy"),
            *("explain", "explain_toy", "v2_server", "v2_live", "v2_ready"),
            *("v2_model", "v2_model_ready", "v2_infer"),
            *("v2_model_version", "v2_model_ready_version", "v2_infer_version"),
            *("predictions_toy", "prediction_toy", "outcomes_toy"),
        ]
    )


async def test_the_schema_of_a_record_is_derived_from_the_columns(document: dict[str, Any]) -> None:
    columns = columns_of(document)
    assert list(columns)[:3] == ["visit", "person", "age"]
    assert columns["age"]["type"] == ["integer", "string", "null"]
    assert (columns["age"]["minimum"], columns["age"]["maximum"]) == (0, 120)
    assert columns["weight-kg"]["type"] == ["number", "string", "null"]
    assert "kg" in columns["weight-kg"]["description"]
    assert columns["colour"]["enum"] == ["red", "green", "blue", "None", "unclear", "", "?", None]
    assert columns["reason"]["pattern"] == r"^(?:[VE]?[0-9]{1,3}(\.[0-9]{1,2})?||\?)$"
    assert columns["returned"]["description"] == "Accepted and not used."


async def test_the_example_of_the_document_is_answered(
    client: httpx.AsyncClient, document: dict[str, Any]
) -> None:
    body = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    example = body["examples"]["toy"]["value"]
    assert (await client.post("/predict", json=example)).status_code == 200


async def test_every_reference_of_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    names = {ref.rsplit("/", 1)[1] for ref in references(document)}
    assert "Predictions" in names
    assert names <= set(schemas)


def references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [ref for item in node for ref in references(item)]
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for item in node.values() for ref in references(item)]
    return []


def test_what_is_needed_may_be_neither_left_out_nor_null() -> None:
    needed = [msgspec.structs.replace(c, needed=True, required=True) for c in toy.problem.columns]
    found = schemas.record(msgspec.structs.replace(toy.problem, columns=tuple(needed)))
    assert found["required"] == [column.name for column in toy.problem.inputs]
    for name in found["required"]:
        column = found["properties"][name]
        assert "null" not in column.get("type", [])
        assert None not in column.get("enum", [])
        assert column["description"].endswith("Needed.")
    ages = re.compile(found["properties"]["age"]["pattern"])
    assert ages.match("60")
    assert not ages.match("")
    assert "required" not in schemas.record(toy.problem)
