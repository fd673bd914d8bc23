from __future__ import annotations

from itertools import product
from typing import Any

import msgspec
import numpy as np
import pytest
import xgboost

from ml.bundle import Calibrator, LoadedModel
from ml.errors import InvalidRecord
from ml.problems.contract import Number
from tests import toy
from tests.unit.ml.learning import toy_content

INPUTS = [column.name for column in toy.problem.inputs]


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    """The toy model, with a calibration that is no identity."""
    calibrated = msgspec.structs.replace(toy_content(), calibrator=Calibrator(0.7, -0.4))
    return LoadedModel(calibrated, digest="")


def generated(rows: int) -> list[dict[str, Any]]:
    """Records as they come, with numbers as numbers."""
    numbers = {column.name for column in toy.problem.inputs if isinstance(column, Number)}
    return [
        {name: float(v) if v and name in numbers else v for name, v in row.items()}
        for row in toy.generate(rows, seed=8).select(INPUTS).to_pylist()
    ]


def sparse() -> list[dict[str, Any]]:
    """Every pattern of missing inputs."""
    full = {"age": 60, "weight-kg": 72.5, "days": 3, "colour": "red", "reason": "250.1"}
    return [
        {name: value for (name, value), keep in zip(full.items(), kept, strict=True) if keep}
        for kept in product([True, False], repeat=len(full))
    ]


@pytest.mark.parametrize("records", [generated(4000), sparse()], ids=["generated", "sparse"])
def test_base_and_contributions_add_up_to_the_risk(
    model: LoadedModel, records: list[dict[str, Any]]
) -> None:
    found = model.explain(records)
    totals = found.base + found.contributions.sum(axis=1)
    assert found.contributions.shape == (len(records), len(INPUTS))
    assert np.abs(totals - found.log_odds).max() < 1e-9
    assert np.abs(1 / (1 + np.exp(-totals)) - found.prediction.risk).max() < 1e-9
    assert np.abs(found.contributions).max() > 0.1  # or additivity would say little


def test_the_contributions_are_those_of_the_library_summed_by_column(model: LoadedModel) -> None:
    """Colour has three features and shares none, so that nothing needs to be shared out."""
    records = generated(300)
    content = toy_content()
    booster = xgboost.Booster(model_file=bytearray(content.boosters["trees_1.ubj"]))
    matrix = xgboost.DMatrix(
        model._encoder.records(records).matrix.astype(np.float32),  # noqa: SLF001 - the library's own way in
        feature_names=list(content.features.names),
        feature_types=list(content.features.kinds),
        enable_categorical=True,
    )
    theirs = booster.predict(matrix, pred_contribs=True).astype(np.float64)
    found = model.explain(records)
    names = content.features.names
    colour = [names.index(name) for name in ("colour", "colour_code", "reds")]
    ours = found.contributions[:, INPUTS.index("colour")]
    assert np.allclose(ours, 0.7 * theirs[:, colour].sum(axis=1), atol=1e-5)
    assert found.base == pytest.approx(0.7 * theirs[0, -1] - 0.4)


def test_the_prediction_is_that_of_predict(model: LoadedModel) -> None:
    records = generated(50)
    found, expected = model.explain(records).prediction, model.predict(records)
    assert found.risk.tolist() == expected.risk.tolist()
    assert found.missing == expected.missing


def test_one_record_is_explained_as_it_is_among_others(model: LoadedModel) -> None:
    records = generated(20)
    together = model.explain(records).contributions
    for index in (0, 7, 19):
        alone = model.explain([records[index]]).contributions[0]
        assert alone.tolist() == pytest.approx(together[index].tolist(), abs=1e-12)


def test_a_record_outside_the_contract_is_not_explained(model: LoadedModel) -> None:
    with pytest.raises(InvalidRecord):
        model.explain([{"age": 500}])
