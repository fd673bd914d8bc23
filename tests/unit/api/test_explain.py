from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests import toy

pytestmark = pytest.mark.anyio

INPUTS = ["age", "weight-kg", "days", "colour", "reason"]


async def explain(client: httpx.AsyncClient, body: Any) -> dict[str, Any]:
    response = await client.post("/explain", json=body)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_base_and_contributions_add_up_to_what_predict_answers(
    client: httpx.AsyncClient,
) -> None:
    records = toy.generate(200, seed=4).select(INPUTS).to_pylist()
    answer = await explain(client, {"records": records})
    predicted = (await client.post("/predict", json={"records": records})).json()
    assert [one["probability"] for one in answer["explanations"]] == predicted["predictions"]
    assert answer["model"] == predicted["model"]
    for one in answer["explanations"]:
        assert list(one["contributions"]) == INPUTS
        total = answer["base_value"] + sum(one["contributions"].values())
        assert total == pytest.approx(one["log_odds"], abs=1e-9)


async def test_reasons_are_sentences_about_the_strongest_inputs(client: httpx.AsyncClient) -> None:
    record = {"age": 90, "weight-kg": 72.5, "days": 13, "colour": "red"}
    (one,) = (await explain(client, record))["explanations"]
    listed = one["reasons"]["up"] + one["reasons"]["down"]
    assert 0 < len(listed) <= 5
    for reason in listed:
        assert reason["contribution"] == one["contributions"][reason["column"]]
        assert reason["missing"] == (reason["column"] in one["missing"])
    strengths = [reason["contribution"] for reason in one["reasons"]["up"]]
    assert strengths == sorted(strengths, reverse=True)
    sentences = {reason["column"]: reason["sentence"] for reason in listed}
    assert sentences["days"]["en"] == "Days: 13, associated with a higher risk"
    assert sentences["days"]["es"] == "Days (es): 13, asociado a un riesgo mayor"


async def test_what_is_missing_is_named(client: httpx.AsyncClient) -> None:
    (one,) = (await explain(client, {}))["explanations"]
    assert one["missing"] == INPUTS
    listed = one["reasons"]["up"] + one["reasons"]["down"]
    assert all(reason["missing"] for reason in listed)
    assert all(": not given," in reason["sentence"]["en"] for reason in listed)


async def test_an_explanation_is_in_the_history(client: httpx.AsyncClient) -> None:
    answer = await explain(client, {"records": [{"age": 60}, {"age": 61}]})
    kept = (await client.get(f"/predictions/{answer['ids'][1]}")).json()
    assert kept["risk"] == answer["explanations"][1]["probability"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b'{"records": []}', 422),
        (b'{"age": 500}', 422),
        (b'{"records": [' + b",".join([b"{}"] * 501) + b"]}", 422),
    ],
)
async def test_what_predict_refuses_is_refused(
    client: httpx.AsyncClient, content: bytes, status: int
) -> None:
    response = await client.post("/explain", content=content)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


async def test_the_route_of_the_problem_answers_too(client: httpx.AsyncClient) -> None:
    assert (await client.post("/models/toy/explain", json={"age": 60})).status_code == 200
