from __future__ import annotations

import httpx
import pytest

from ml import bundle
from ml.registry import Version
from tests import toy
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio


async def test_a_list_of_records_gets_the_probabilities_of_the_bundle(
    client: httpx.AsyncClient, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    rows = toy.generate(200, seed=5).select(["age", "weight-kg", "days", "colour", "reason"])
    model = bundle.load(registry.folder / "1")
    answer = (await client.post("/predict", json={"records": rows.to_pylist()})).json()
    assert answer["predictions"] == model.predict_table(rows).tolist()
    assert len(answer["details"]) == 200
    assert answer["problem"] == "toy"
    assert answer["model"] == {
        "name": "toy",
        "version": "1",
        "digest": versions["1"].digest,
        "data": "synthetic",
    }
    assert answer["notice"]["en"] == "Decision support, not a diagnosis."
    assert set(answer["notice"]) == {"en", "es"}


async def test_one_bare_record_is_a_list_of_one(client: httpx.AsyncClient) -> None:
    bare = (await client.post("/predict", json=toy.problem.example)).json()
    listed = (await client.post("/predict", json={"records": [toy.problem.example]})).json()
    assert bare.pop("ids") != listed.pop("ids")
    assert bare == listed
    assert len(bare["predictions"]) == 1


@pytest.mark.parametrize("path", ["/predict", "/models/toy/predict"])
async def test_the_default_problem_answers_with_and_without_prefix(
    client: httpx.AsyncClient, path: str
) -> None:
    response = await client.post(path, json={"age": 40})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert 0 < response.json()["predictions"][0] < 1


async def test_the_answer_names_what_was_missing_and_what_to_beware_of(
    client: httpx.AsyncClient,
) -> None:
    record = {"age": 60, "colour": "None", "days": None, "reason": "?"}
    detail = (await client.post("/predict", json=record)).json()["details"][0]
    assert detail["missing"] == ["weight-kg", "days", "reason"]
    assert detail["warnings"] == [{"en": "has no colour", "es": "has no colour (es)"}]
    assert detail["band"]["name"] in {"low", "high"}
    assert set(detail["band"]["label"]) == {"en", "es"}


async def test_a_record_without_inputs_is_valid(client: httpx.AsyncClient) -> None:
    answer = (await client.post("/predict", json={})).json()
    assert answer["details"][0]["missing"] == ["age", "weight-kg", "days", "colour", "reason"]


async def test_declared_columns_that_are_no_inputs_are_ignored_and_named(
    client: httpx.AsyncClient,
) -> None:
    record = {"age": 60, "visit": "s1", "person": "p1", "returned": "yes"}
    answer = (await client.post("/predict", json=record)).json()
    plain = (await client.post("/predict", json={"age": 60})).json()
    assert answer["ignored"] == ["person", "returned", "visit"]
    assert answer["predictions"] == plain["predictions"]


@pytest.mark.parametrize(
    "content_type",
    [None, "application/json", "application/json; charset=utf-8", "Application/JSON"],
)
async def test_json_is_accepted_however_it_is_announced(
    client: httpx.AsyncClient, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = await client.post("/predict", content=b'{"age": 60}', headers=headers)
    assert response.status_code == 200


async def test_a_full_request_is_answered_as_its_records_are_one_by_one(
    client: httpx.AsyncClient,
) -> None:
    rows = toy.generate(1000, seed=6).select(["age", "days", "colour"]).to_pylist()
    whole = (await client.post("/predict", json={"records": rows})).json()["predictions"]
    for index in (0, 499, 999):
        single = (await client.post("/predict", json=rows[index])).json()["predictions"]
        assert single == [whole[index]]
