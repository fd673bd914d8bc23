"""What the seed *diabetes_readmission_pipeline_readme* shows, sent as it is written there."""

from __future__ import annotations

import httpx

from ml.data import raw_store
from tests.integration.promoted import Promoted

BODY = """{
  "records": [
    { "race": "Caucasian", "gender": "Female", "age": "[60-70)" }
  ]
}"""


def test_post_predict(diabetes: httpx.Client) -> None:
    answer = diabetes.post("/predict", content=BODY, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    (probability,) = answer.json()["predictions"]
    assert 0 < probability < 1


def test_get_health_and_swagger(diabetes: httpx.Client) -> None:
    assert diabetes.get("/health").json()["status"] == "ok"
    assert diabetes.get("/docs").status_code == 200


def test_prometheus_reads_the_duration_of_requests(diabetes: httpx.Client) -> None:
    diabetes.get("/health")
    assert "api_request_duration_seconds_bucket" in diabetes.get("/metrics").text


def test_the_model_in_production_has_a_name_and_a_version(diabetes: httpx.Client) -> None:
    info = diabetes.get("/model-info").json()
    assert (info["name"], info["version"], info["stage"]) == ("diabetes", "1", "Production")


def test_the_rows_are_split_and_kept_in_raw_data(promoted: Promoted) -> None:
    offline = promoted("diabetes")
    stored = raw_store.stored_rows(offline.stores.raw, offline.problem)
    assert stored["train"] > stored["validation"] > 0 < stored["test"]
    with offline.stores.raw.connect() as connection:
        counted = connection.exec_driver_sql("SELECT count(*) FROM diabetes.raw_data").scalar_one()
    assert counted == stored["total"]
