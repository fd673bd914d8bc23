"""What the seed *diabetes_system_architecture* lists: tables, routes, and a dynamic model."""

from __future__ import annotations

import httpx
import pytest
import sqlalchemy as sa

from ml.settings import Settings
from tests.integration.promoted import Promoted

RECORDS = {"records": [{"race": "Caucasian", "gender": "Female", "age": "[60-70)"}]}


@pytest.mark.parametrize(
    ("database", "tables"),
    [
        ("raw", {"raw_train", "raw_validation", "raw_test", "batch_metadata"}),
        ("clean", {"clean_train", "clean_validation", "clean_test", "transformation"}),
    ],
)
def test_the_databases_have_the_tables(promoted: Promoted, database: str, tables: set[str]) -> None:
    inspector = sa.inspect(getattr(promoted("diabetes").stores, database))
    assert tables <= set(inspector.get_table_names(schema="diabetes"))
    if database == "raw":
        names = {column["name"] for column in inspector.get_columns("raw_train", "diabetes")}
        assert "row_hash" in names


def test_batches_have_15000_rows() -> None:
    assert Settings.model_fields["batch_rows"].default == 15_000


def test_every_endpoint_answers(diabetes: httpx.Client) -> None:
    assert len(diabetes.post("/predict", json=RECORDS).json()["predictions"]) == 1
    lines = diabetes.post("/predict-batch", json=RECORDS).text.splitlines()
    assert len(lines) == 3  # start, one row, end
    (explained,) = diabetes.post("/explain", json=RECORDS).json()["explanations"]
    total = explained["base_value"] + sum(explained["contributions"].values())
    assert total == pytest.approx(explained["log_odds"], abs=1e-9)
    assert diabetes.get("/health").status_code == 200
    assert diabetes.get("/metrics").status_code == 200
    assert diabetes.get("/model-info").json()["problem"] == "diabetes"


def test_reload_model_forces_a_look_at_the_registry(diabetes: httpx.Client) -> None:
    said = diabetes.post("/reload-model").json()
    assert said["problem"] == "diabetes"
    assert said["new"] == diabetes.get("/model-info").json()["version"]
