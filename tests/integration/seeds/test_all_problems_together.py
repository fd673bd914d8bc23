"""All declared problems in one service: listed, predicted, explained, in batches, kept."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ml import problems
from ml.problems.problem import Problem
from tests.integration.promoted import Promoted, serving

NAMES = problems.names()


@pytest.fixture(scope="module")
def together(
    promoted: Promoted, mlflow_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    for name in NAMES:
        promoted(name)
    state = tmp_path_factory.mktemp("together")
    with serving(mlflow_uri, state, NAMES[0], problems=NAMES) as client:
        for name in NAMES:
            assert client.post(f"/models/{name}/reload-model").status_code == 200
        yield client


@pytest.fixture(params=NAMES)
def problem(request: pytest.FixtureRequest) -> Problem:
    return problems.find(request.param)


def records(problem: Problem, count: int = 7) -> list[dict[str, Any]]:
    names = [column.name for column in problem.inputs]
    return problem.generate(count, 3).select(names).to_pylist()


def test_models_lists_all(together: httpx.Client) -> None:
    listed = together.get("/models").json()["models"]
    assert {(one["problem"], one["status"]) for one in listed} == {(name, "ok") for name in NAMES}


def test_each_predicts_explains_and_keeps(together: httpx.Client, problem: Problem) -> None:
    route = f"/models/{problem.name}"
    said = together.post(f"{route}/predict", json={"records": records(problem)}).json()
    assert len(said["predictions"]) == 7
    for probability, detail in zip(said["predictions"], said["details"], strict=True):
        assert list(detail["probabilities"]) == list(problem.target.classes)
        about = detail["predicted"]["name"] if problem.target.several else problem.target.positive
        assert detail["probabilities"][about] == probability
        assert (detail["band"] is None) == (not problem.bands)
    explained = together.post(f"{route}/explain", json={"records": records(problem)}).json()
    assert (explained["base_value"] is None) == problem.target.several
    for one in explained["explanations"]:
        total = one["base_value"] + sum(one["contributions"].values())
        assert abs(total - one["log_odds"]) <= 1e-9
        assert one["reasons"]["up"] or one["reasons"]["down"]
    kept = together.get(f"{route}/predictions?limit=100").json()
    assert kept["total"] >= 14
    assert {one["problem"] for one in kept["predictions"]} == {problem.name}
    first = {one["id"]: one for one in kept["predictions"]}[said["ids"][0]]
    assert first["predicted"] == said["details"][0]["predicted"]["name"]
    assert first["probabilities"] == list(said["details"][0]["probabilities"].values())


def test_each_takes_outcomes_and_opinions(together: httpx.Client, problem: Problem) -> None:
    route = f"/models/{problem.name}"
    said = together.post(f"{route}/predict", json={"records": records(problem, 3)}).json()
    predicted = said["details"][0]["predicted"]["name"]
    outcome = {
        "prediction_id": said["ids"][0],
        "outcome": predicted,
        "observed_at": "2026-01-31T12:00:00Z",
    }
    assert together.post(f"{route}/outcomes", json=outcome).json()["recorded"] == 1
    field, judgement = (
        ("band", problem.bands[0].name) if problem.bands else ("predicted", predicted)
    )
    opinion = {"verdict": "override", field: judgement, "reason": "seen"}
    address = f"{route}/predictions/{said['ids'][1]}/feedback"
    assert together.post(address, json=opinion).json()[field] == judgement
    assert together.post(address, json={**opinion, field: "none"}).status_code == 422
    activity = together.get(f"{route}/activity").json()
    assert sum(activity["by_predicted"].values()) == activity["predictions"] > 0
    assert activity["outcomes_by_predicted"][predicted]["predictions"] >= 1
    assert bool(activity["by_band"]) == bool(problem.bands)
    filtered = together.get(f"{route}/predictions?predicted={predicted}").json()
    assert filtered["total"] == activity["by_predicted"][predicted]


def test_each_answers_whole_lists(together: httpx.Client, problem: Problem) -> None:
    route, sent = f"/models/{problem.name}", {"records": records(problem)}
    expected = together.post(f"{route}/predict", json=sent).json()
    lines = together.post(f"{route}/predict-batch", json=sent).text.splitlines()
    start, *rows, end = map(json.loads, lines)
    assert end["scored"] == 7
    assert [one["name"] for one in start["classes"]] == list(problem.target.classes)
    assert [row["risk"] for row in rows] == expected["predictions"]
    assert [row["predicted"] for row in rows] == [
        detail["predicted"]["name"] for detail in expected["details"]
    ]
    if problem.target.several:
        assert [row["probabilities"] for row in rows] == [
            list(detail["probabilities"].values()) for detail in expected["details"]
        ]
    as_csv = together.post(f"{route}/predict-batch", json=sent, headers={"accept": "text/csv"})
    table = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert [row["predicted"] for row in table] == [row["predicted"] for row in rows]
    columns = [name for name in table[0] if name.startswith("probability_")]
    assert len(columns) == (len(problem.target.classes) if problem.target.several else 0)
    for row, line in zip(table, rows, strict=True):
        assert [float(row[name]) for name in columns] == line.get("probabilities", [])


def test_each_answers_a_table_with_what_it_lacks_told(
    together: httpx.Client, problem: Problem
) -> None:
    name = problem.inputs[0].name
    column = [record[name] for record in records(problem)]
    text = "\n".join([name, *(value or '""' for value in column)])
    answer = together.post(
        f"/models/{problem.name}/predict-batch",
        content=text,
        headers={"content-type": "text/csv"},
    )
    _, *rows, _ = map(json.loads, answer.text.splitlines())
    needed = {column.name for column in problem.inputs if column.needed} - {name}
    for row in rows:
        assert row["type"] == ("refused" if needed else "row")
        told = {(error["field"], error["rule"]) for error in row.get("errors", [])}
        assert told == {(field, "required") for field in needed}


def test_each_speaks_the_inference_protocol(together: httpx.Client, problem: Problem) -> None:
    sent = records(problem, 4)
    inputs = [
        {"name": c.name, "shape": [4], "datatype": "BYTES", "data": [r[c.name] for r in sent]}
        for c in problem.inputs
    ]
    said = together.post(f"/v2/models/{problem.name}/infer", json={"inputs": inputs}).json()
    outputs = {output["name"]: output for output in said["outputs"]}
    classes = len(problem.target.classes)
    assert outputs["probabilities"]["shape"] == [4, classes]
    expected = together.post(f"/models/{problem.name}/predict", json={"records": sent}).json()
    assert outputs["risk"]["data"] == expected["predictions"]
    assert outputs["predicted"]["data"] == [
        detail["predicted"]["name"] for detail in expected["details"]
    ]
