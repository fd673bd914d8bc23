"""What the seed *breast_cancer_pipeline* describes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import httpx
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

from ml.data import raw_rows
from ml.problems.breast_cancer.columns import MEASURES
from tests.integration.promoted import Promoted, serving

NAMES = [column.name for column in MEASURES]
DATA = load_breast_cancer()
MALIGNANT = DATA.data[DATA.target == 0][0].tolist()
BENIGN = DATA.data[DATA.target == 1][0].tolist()


def test_the_root_reports_the_model_and_its_accuracy(breast_cancer: httpx.Client) -> None:
    said = breast_cancer.get("/").json()
    assert said["modelo_cargado"] is True
    assert said["accuracy"] > 0.96
    metrics = breast_cancer.get("/model-info").json()["metrics"]
    assert said["accuracy"] == metrics["accuracy"]["value"]
    assert metrics["sensitivity"]["value"] > 0.95
    assert metrics["accuracy"]["high"] - metrics["accuracy"]["low"] > 0.01  # few samples


@pytest.mark.parametrize(("values", "prediction"), [(MALIGNANT, "Maligno"), (BENIGN, "Benigno")])
@pytest.mark.parametrize("as_list", [False, True], ids=["by_name", "as_list"])
def test_post_predict_answers_the_class_and_both_probabilities(
    breast_cancer: httpx.Client, values: list[float], prediction: str, *, as_list: bool
) -> None:
    body = {"features": values} if as_list else dict(zip(NAMES, values, strict=True))
    answer = breast_cancer.post("/predict", json=body)
    assert answer.status_code == 200
    said = answer.json()
    assert said["prediccion"] == prediction
    assert said["probabilidades"].keys() == {"Maligno", "Benigno"}
    assert sum(said["probabilidades"].values()) == pytest.approx(1)
    assert said["confianza"] == said["probabilidades"][prediction] > 0.5
    label = {"Maligno": "Malignant", "Benigno": "Benign"}[prediction]
    assert said["details"][0]["predicted"]["label"] == {"en": label, "es": prediction}


def test_the_features_are_counted_and_known(breast_cancer: httpx.Client) -> None:
    few = breast_cancer.post("/predict", json={"features": MALIGNANT[:-1]})
    assert few.status_code == 422
    assert "30 values" in few.json()["errors"][0]["message"]
    assert breast_cancer.post("/predict", json={"features": "many"}).status_code == 422
    record = dict(zip(NAMES, MALIGNANT, strict=True))
    lacking = breast_cancer.post("/predict", json={**record, NAMES[3]: None})
    assert (lacking.status_code, lacking.json()["errors"][0]["field"]) == (422, NAMES[3])
    other = breast_cancer.post("/predict", json={**record, "colour": 1})
    assert (other.status_code, other.json()["errors"][0]["rule"]) == (422, "unknown_field")
    text = breast_cancer.post("/predict", json={**record, NAMES[0]: "wide"})
    assert (text.status_code, text.json()["errors"][0]["rule"]) == (422, "type")


def test_malformed_json_is_400(breast_cancer: httpx.Client) -> None:
    answer = breast_cancer.post(
        "/predict", content='{"features": [', headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert "not JSON" in answer.json()["detail"] or "too early" in answer.json()["detail"]


def test_without_a_model_it_is_503_and_the_root_says_so(mlflow_uri: str, tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9"
    with serving(nobody, tmp_path, "breast_cancer", ready=False, first_model_seconds=0.0) as client:
        said = client.get("/").json()
        assert (said["modelo_cargado"], said["accuracy"]) == (False, None)
        answer = client.post("/predict", json={"features": MALIGNANT})
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:vigia:problem:no-model"


def test_the_hold_out_is_stratified_and_the_data_are_those_of_scikit_learn(
    promoted: Promoted,
) -> None:
    offline = promoted("breast_cancer")
    parts = raw_rows.read(offline.stores.raw, offline.problem).parts
    counts = {part: Counter(rows["diagnosis"].to_pylist()) for part, rows in parts.items()}
    assert sum(map(Counter.total, counts.values())) == 569
    shares = [counted["M"] / counted.total() for counted in counts.values()]
    assert np.ptp(shares) < 0.01
    assert offline.trained.content.data == "real"
    assert offline.trained.content.lineage["source"] == "scikit-learn: load_breast_cancer"


def test_a_scaler_and_a_logistic_regression_travel_in_the_bundle_without_a_pickle(
    promoted: Promoted,
) -> None:
    offline = promoted("breast_cancer")
    content = offline.trained.content
    assert content.lineage["algorithm"] == "logistic_regression"
    assert all(fitted.scale > 0 for fitted in content.features.features)
    assert content.features.names == tuple(NAMES)
    files = {path.suffix for path in offline.trained.folder.iterdir()}
    assert files == {".json", ".md"}


def test_swagger_shows_an_example(breast_cancer: httpx.Client) -> None:
    document = breast_cancer.get("/openapi.json").json()
    body = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    (example,) = body["examples"].values()
    answer = breast_cancer.post("/predict", json=example["value"])
    assert answer.status_code == 200
    assert answer.json()["details"][0]["predicted"]["name"] == "malignant"
