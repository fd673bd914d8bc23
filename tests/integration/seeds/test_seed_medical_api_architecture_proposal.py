"""What the seed *medical_api_architecture_proposal* draws: the flow of a prediction."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.integration.promoted import Promoted, serving

PATIENT = {"edad": 45.0, "fiebre": 39.5, "dolor": 8.0}


@pytest.mark.parametrize("path", ["/predecir", "/models/triage/predecir"])
def test_post_predecir_answers_prediction_and_probability_and_keeps_both(
    triage: httpx.Client, path: str
) -> None:
    answer = triage.post(path, json=PATIENT)
    assert answer.status_code == 200
    said = answer.json()
    assert said["prediccion"] == "ENFERMEDAD CRÓNICA"
    kept = triage.get(f"/predictions/{said['ids'][0]}").json()
    assert kept["inputs"] == PATIENT
    assert kept["risk"] == said["probabilidad"]
    assert kept["predicted"] == said["details"][0]["predicted"]["name"]


def test_post_predecir_refuses_other_types_and_ranges(triage: httpx.Client) -> None:
    answer = triage.post("/predecir", json={**PATIENT, "fiebre": 60})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "fiebre"
    assert triage.post("/predecir", json={**PATIENT, "dolor": [8]}).status_code == 422


def test_the_alias_is_documented_and_asks_what_predict_asks(triage: httpx.Client) -> None:
    paths = triage.get("/openapi.json").json()["paths"]
    alias, known = (paths[path]["post"] for path in ("/predecir", "/predict"))
    assert alias["requestBody"] == known["requestBody"]
    assert alias["responses"] == known["responses"]


def test_the_history_of_the_practice_is_an_sqlite_file(
    promoted: Promoted, mlflow_uri: str, tmp_path: Path
) -> None:
    promoted("triage")
    address = f"sqlite:///{tmp_path}/predicciones.db"
    with serving(mlflow_uri, tmp_path / "state", "triage", database_url=address) as client:
        said = client.post("/predecir", json=PATIENT).json()
        assert client.get("/predictions").json()["predicciones"][0]["id"] == said["ids"][0]
    assert (tmp_path / "predicciones.db").read_bytes().startswith(b"SQLite format 3")
