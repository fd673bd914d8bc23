from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import sqlalchemy as sa

from ml.bundle import load
from ml.data import clean_store
from ml.data.split import PARTS
from ml.errors import NotEnoughData
from ml.features.build import build
from ml.training import Trained, train
from ml.training.evaluation import METRICS, measure
from tests import toy
from tests.integration.stores import Stores, ingest


def test_a_trained_bundle_loads_and_predicts(trained: Trained) -> None:
    model = load(trained.folder, expected_digest=trained.digest)
    risk = model.predict([dict(toy.problem.example), {}]).risk
    assert ((risk > 0) & (risk < 1)).all()


def test_the_same_rows_and_seed_give_the_same_bundle(
    toy_stores: Stores, trained: Trained, tmp_path: Path
) -> None:
    clean, settings = toy_stores.clean, toy_stores.settings
    again = train(clean, toy.problem, settings, tmp_path / "again", 1)
    other = train(clean, toy.problem, settings, tmp_path / "other", 2)
    assert again.digest == trained.digest
    assert other.digest != trained.digest
    assert other.content.lineage["seed"] == 2


def test_the_metrics_are_those_of_the_test_part(toy_stores: Stores, trained: Trained) -> None:
    content = trained.content
    test = clean_store.read(toy_stores.clean, toy.problem, "test", content.features.names)
    probabilities = load(trained.folder).score(test.matrix)
    replicates = toy_stores.settings.bootstrap_replicates
    expected = measure(test.outcomes, probabilities, test.groups, replicates, 1)
    assert tuple(content.metrics) == METRICS
    for name, interval in content.metrics.items():
        assert interval.value == pytest.approx(expected[name].value, abs=1e-12), name
    assert 0.6 < content.metrics["auroc"].value < 0.9  # the toy's outcome can be learned


def test_the_findings_are_of_the_test_part_by_raw_values(
    toy_stores: Stores, trained: Trained
) -> None:
    records = clean_store.read_records(toy_stores.clean, toy.problem)
    red = next(g for g in trained.content.evaluation.subgroups if g.label.en == "red")
    assert red.rows == records["colour"].to_pylist().count("red")
    assert records.num_rows == trained.content.rows["test"]
    learned = [point.rows for point in trained.content.evaluation.learning]
    assert learned == sorted(learned)
    assert learned[-1] == trained.content.rows["train"]


def test_the_calibrated_risks_are_as_frequent_as_the_outcome(
    toy_stores: Stores, trained: Trained
) -> None:
    names = trained.content.features.names
    validation = clean_store.read(toy_stores.clean, toy.problem, "validation", names)
    risk = load(trained.folder).score(validation.matrix)[:, -1]
    # What a logistic calibration guarantees on the rows that it was fitted on.
    assert risk.mean() == pytest.approx(validation.outcomes.mean(), abs=0.005)


def test_the_bundle_says_where_it_comes_from(toy_stores: Stores, trained: Trained) -> None:
    transformation = clean_store.latest(toy_stores.clean, toy.problem)
    lineage = trained.content.lineage
    assert trained.content.data == "synthetic"
    assert trained.content.rows == transformation.rows
    assert lineage["data_hash"] == transformation.data_hash
    assert lineage["feature_map_digest"] == transformation.feature_map_digest
    assert trained.content.features.digest == lineage["feature_map_digest"]
    assert lineage["parameters"] == toy.problem.forest
    assert lineage["quality"] == transformation.quality
    assert "SYNTHETIC DATA" in trained.content.card.en
    assert "DATOS SINTÉTICOS" in trained.content.card.es


def test_a_column_that_nobody_knows_still_gives_a_bundle_that_loads(
    stores: Stores, tmp_path: Path
) -> None:
    """Its mean is undefined, and JSON has no word for that."""
    ingest(stores, toy.problem, "synthetic")
    with stores.raw.begin() as connection:
        for part in PARTS:
            connection.execute(sa.text(f'UPDATE toy.raw_{part} SET "weight-kg" = NULL'))
    build(stores.raw, stores.clean, toy.problem, stores.settings)
    trained = train(stores.clean, toy.problem, stores.settings, tmp_path / "bundle", 1)
    assert trained.content.background["weight-kg"] == 0
    assert load(trained.folder).digest == trained.digest


@pytest.mark.parametrize("part", PARTS)
def test_a_part_with_too_few_outcomes_is_named(stores: Stores, tmp_path: Path, part: str) -> None:
    ingest(stores, toy.problem, "synthetic")
    build(stores.raw, stores.clean, toy.problem, stores.settings)
    with stores.clean.begin() as connection:
        kept = f"SELECT row_hash FROM toy.clean_{part} WHERE outcome = 1 LIMIT 9"
        connection.execute(
            sa.text(f"DELETE FROM toy.clean_{part} WHERE outcome = 1 AND row_hash NOT IN ({kept})")
        )
    message = f"toy: the {part} part holds 9 rows of the outcome yes, at least 10 are needed"
    with pytest.raises(NotEnoughData, match=message):
        train(stores.clean, toy.problem, stores.settings, tmp_path / "bundle", 1)
    assert not (tmp_path / "bundle").exists()


def test_training_before_a_build_names_the_dag_to_run(stores: Stores, tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match="run the DAG clean_toy"):
        train(stores.clean, toy.problem, stores.settings, tmp_path / "bundle", 1)


def test_explanations_get_the_mean_of_every_input(toy_stores: Stores, trained: Trained) -> None:
    content = trained.content
    matrix = clean_store.read(toy_stores.clean, toy.problem, "train", content.features.names).matrix
    assert list(content.background) == list(content.features.names)
    assert np.allclose(list(content.background.values()), np.nanmean(matrix, axis=0))
    assert msgspec.json.decode(msgspec.json.encode(content.background)) == content.background
