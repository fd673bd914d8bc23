"""More than two classes through the bundle: every kind of model, written and loaded again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import sklearn.metrics

from ml.bundle import Calibrator, Grown, LoadedModel, Model, load, write
from ml.errors import BundleInvalid
from tests.unit.ml import several
from tests.unit.ml.learning import learn, toy_content

INPUTS = [column.name for column in several.problem.inputs]


@pytest.fixture(scope="module", params=several.RECIPES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder: Path = tmp_path_factory.mktemp("several") / "bundle"
    return load(folder, expected_digest=write(several.content(request.param), folder))


def records(count: int) -> list[dict[str, Any]]:
    return several.generate(count, 8).select(INPUTS).to_pylist()


def test_probabilities_add_up_and_the_most_probable_class_is_predicted(model: LoadedModel) -> None:
    found = model.predict(records(500))
    assert found.probabilities.shape == (500, 3)
    assert np.allclose(found.probabilities.sum(axis=1), 1, atol=1e-12)
    likely = found.probabilities.argmax(axis=1)
    assert [each.name for each in found.predicted] == [
        list(several.TARGET.classes)[place] for place in likely
    ]
    assert found.risk.tolist() == found.probabilities.max(axis=1).tolist()
    assert set(found.bands) == {None}
    assert found.band_names == [each.name for each in found.predicted]
    assert len({each.name for each in found.predicted}) > 1


def test_it_has_learned_something(model: LoadedModel) -> None:
    table = several.generate(2000, 9)
    outcomes = table[several.TARGET.column].to_pylist()
    found = model.predict(table.select(INPUTS).to_pylist()).probabilities
    names = list(several.TARGET.classes)
    order = np.argsort(names)
    labels = [names[place] for place in order]
    loss = sklearn.metrics.log_loss(outcomes, found[:, order], labels=labels)
    rates = np.array([outcomes.count(name) for name in names]) / len(outcomes)
    assert loss < -np.sum(rates * np.log(rates)) - 0.05  # what the rates alone would give


def test_a_record_gets_equal_bits_alone_among_others_and_from_a_table(model: LoadedModel) -> None:
    table = several.generate(300, 8)
    together = model.predict(table.select(INPUTS).to_pylist())
    alone = model.predict(table.slice(17, 1).select(INPUTS).to_pylist())
    assert alone.probabilities.tobytes() == together.probabilities[17:18].tobytes()
    offline = model.predict_rows(table, 200)
    assert offline.probabilities.tobytes() == together.probabilities.tobytes()
    assert model.predict_table(table).tobytes() == together.risk.tobytes()


def test_contributions_explain_the_predicted_class_against_the_others(model: LoadedModel) -> None:
    found = model.explain(records(200))
    logs = np.log(found.prediction.probabilities)
    own = logs.max(axis=1)
    expected = own - (logs.sum(axis=1) - own) / 2
    assert np.abs(found.log_odds - expected).max() < 1e-9
    totals = found.base + found.contributions.sum(axis=1)
    assert np.abs(totals - found.log_odds).max() < 1e-9
    bases = {
        (each.name, round(base, 9))
        for each, base in zip(found.prediction.predicted, found.base.tolist(), strict=True)
    }
    assert len(bases) == len({name for name, _ in bases}) > 1  # one for each class


def test_two_classes_seen_as_more_have_the_same_log_odds() -> None:
    """The difference from the mean of the others is, of one other, the log-odds."""
    margins = np.array([0.3, -1.2, 4.0])
    calibrated = Calibrator(0.8, -0.1)
    both = Calibrator(0.8, (0.0, -0.1))
    assert np.allclose(
        both.probabilities(np.column_stack([np.zeros(3), margins])),
        calibrated.probabilities(margins),
        atol=1e-15,
    )


def test_a_schema_of_other_classes_is_refused() -> None:
    content = msgspec.structs.replace(toy_content(), schema=several.content().schema)
    with pytest.raises(BundleInvalid, match="other classes"):
        LoadedModel(content, "")


@pytest.mark.parametrize(
    "model",
    [
        Model(members=(Grown(file="trees_1.ubj"),), intercept=(0.0, 1.0)),
        Model(members=(Grown(file="trees_1.ubj"), Grown(file="trees_2.ubj"))),
    ],
    ids=["intercepts", "members"],
)
def test_parts_of_a_model_about_other_classes_are_refused(model: Model) -> None:
    binary = toy_content().boosters["trees_1.ubj"]
    content = msgspec.structs.replace(
        several.content(),
        model=model,
        boosters={**several.content().boosters, "trees_2.ubj": binary},
    )
    with pytest.raises(BundleInvalid, match="not about the same classes"):
        LoadedModel(content, "")


def test_the_same_rows_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    again = learn(several.problem, several.ROWS, recipe=several.RECIPES["ensemble"])
    first = write(several.content("ensemble"), tmp_path / "first")
    assert write(again, tmp_path / "again") == first


def test_no_file_of_a_bundle_is_a_pickle(tmp_path: Path) -> None:
    write(several.content("ensemble"), tmp_path / "bundle")
    kinds = {path.suffix for path in (tmp_path / "bundle").iterdir()}
    assert kinds == {".json", ".ubj", ".md"}
