"""What the seed *medical_api_readme* shows, sent as it is written there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

CLASSES = {
    "NO ENFERMO",
    "ENFERMEDAD LEVE",
    "ENFERMEDAD AGUDA",
    "ENFERMEDAD CRÓNICA",
    "ENFERMEDAD RARA",
}
# The body of the seed's `curl -X POST .../predict -H "Content-Type: application/json" -d ...`.
BODY = '{"edad": 45.0, "fiebre": 39.5, "dolor": 8.0}'
JSON = {"Content-Type": "application/json"}


def post(client: httpx.Client, body: str, path: str = "/predict") -> httpx.Response:
    return client.post(path, content=body, headers=JSON)


def test_post_predict(triage: httpx.Client) -> None:
    answer = post(triage, BODY)
    assert answer.status_code == 200
    said = answer.json()
    assert said["prediccion"] == "ENFERMEDAD CRÓNICA"
    assert said["probabilidad"] == pytest.approx(0.82, abs=0.08)
    assert said["entrada"] == {"edad": 45.0, "fiebre": 39.5, "dolor": 8.0}
    made = datetime.fromisoformat(said["timestamp"])
    assert abs(datetime.now(UTC) - made) < timedelta(minutes=1)
    # Beside them stands what every problem answers.
    (detail,) = said["details"]
    assert detail["predicted"]["label"]["es"] == said["prediccion"]
    assert said["predictions"] == [said["probabilidad"]]
    assert sum(detail["probabilities"].values()) == pytest.approx(1)
    assert said["model"]["data"] == "synthetic"


def test_get_predictions(triage: httpx.Client) -> None:
    before = triage.get("/predictions").json()["total"]
    said = post(triage, BODY).json()
    history = triage.get("/predictions").json()
    assert history["total"] == before + 1
    newest = history["predicciones"][0]
    assert newest == {
        "id": said["ids"][0],
        "entrada": {"edad": 45.0, "fiebre": 39.5, "dolor": 8.0},
        "prediccion": said["prediccion"],
        "probabilidad": said["probabilidad"],
        "timestamp": said["timestamp"],
    }
    assert [one["id"] for one in history["predicciones"]] == [
        one["id"] for one in history["predictions"]
    ]


def test_get_root(triage: httpx.Client) -> None:
    said = triage.get("/").json()
    assert said["mensaje"] == "API de predicción médica"
    assert said["version"] == "1.0"
    assert said["uso"] == (
        "POST /predict con JSON {'edad': float, 'fiebre': float, 'dolor': float}"
    )


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("edad", -0.1, "minimum"),
        ("edad", 150.1, "maximum"),
        ("fiebre", 34.9, "minimum"),
        ("fiebre", 45.1, "maximum"),
        ("dolor", -1, "minimum"),
        ("dolor", 10.5, "maximum"),
        ("edad", "cuarenta", "type"),
        ("dolor", None, "required"),
    ],
)
def test_validations(triage: httpx.Client, field: str, value: object, rule: str) -> None:
    answer = post(triage, json.dumps({**json.loads(BODY), field: value}))
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["rule"]) == (field, rule)


@pytest.mark.parametrize(
    "record",
    [
        {"edad": 0.0, "fiebre": 35.0, "dolor": 0.0},
        {"edad": 150.0, "fiebre": 45.0, "dolor": 10.0},
        {"edad": 45, "fiebre": 39.5, "dolor": 8},
    ],
)
def test_the_ends_of_the_ranges_are_allowed(triage: httpx.Client, record: dict[str, float]) -> None:
    said = post(triage, json.dumps(record)).json()
    assert said["prediccion"] in CLASSES
    assert 1 / len(CLASSES) <= said["probabilidad"] <= 1


def test_missing_fields_and_malformed_bodies(triage: httpx.Client) -> None:
    lacking = post(triage, '{"edad": 45.0}')
    assert lacking.status_code == 422
    named = {(error["field"], error["rule"]) for error in lacking.json()["errors"]}
    assert named == {("fiebre", "required"), ("dolor", "required")}
    assert post(triage, '{"edad": 45.0,').status_code == 400
    assert post(triage, "").status_code == 400


def test_every_class_can_be_predicted(triage: httpx.Client) -> None:
    patients = {
        "NO ENFERMO": (25.0, 36.6, 0.0),
        "ENFERMEDAD LEVE": (30.0, 37.4, 3.0),
        "ENFERMEDAD AGUDA": (30.0, 39.4, 3.0),
        "ENFERMEDAD CRÓNICA": (75.0, 37.2, 8.0),
    }
    for expected, values in patients.items():
        record = dict(zip(("edad", "fiebre", "dolor"), values, strict=True))
        assert post(triage, json.dumps(record)).json()["prediccion"] == expected


def test_swagger_and_its_document_name_the_fields(triage: httpx.Client) -> None:
    assert triage.get("/docs").status_code == 200
    schemas = triage.get("/openapi.json").json()["components"]["schemas"]
    spoken = schemas["TriagePrediction"]["properties"]
    assert {"prediccion", "probabilidad", "timestamp", "entrada", "predictions"} <= spoken.keys()
    assert {"total", "predicciones"} <= schemas["TriagePage"]["properties"].keys()
    assert {"mensaje", "version", "uso"} <= schemas["TriageService"]["properties"].keys()
