from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from ml.errors import NotEnoughData
from ml.features import Encoder, FeatureMap, fit
from ml.problems.features import Coded, Quantity
from tests import toy

TRAINING = toy.generate(2000, seed=5)


def test_a_fit_does_not_depend_on_the_order_of_the_rows() -> None:
    shuffled = TRAINING.take(np.random.default_rng(1).permutation(TRAINING.num_rows))
    assert fit(toy.problem, shuffled).digest == fit(toy.problem, TRAINING).digest


def test_a_fit_knows_nothing_but_its_rows() -> None:
    before = fit(toy.problem, TRAINING.slice(0, 1000))
    assert fit(toy.problem, TRAINING.slice(0, 1000)).digest == before.digest
    assert fit(toy.problem, TRAINING).digest != before.digest


def test_mean_and_scale_are_those_of_the_known_values() -> None:
    fitted = {feature.name: feature for feature in fit(toy.problem, TRAINING).features}
    known = TRAINING["weight-kg"].drop_null().cast(pa.float64()).to_numpy()
    assert TRAINING["weight-kg"].null_count > 0
    assert fitted["weight-kg"].mean == pytest.approx(known.mean())
    assert fitted["weight-kg"].scale == pytest.approx(known.std())
    assert (fitted["reason"].mean, fitted["reason"].scale) == (0.0, 1.0)


def test_a_vocabulary_runs_from_frequent_to_rare_and_leaves_the_unknown_out() -> None:
    problem = msgspec.structs.replace(
        toy.problem, features=(Coded(column="colour"), Coded(column="reason", whole_part=True))
    )
    colours = ["blue"] * 60 + ["red"] * 60 + ["green"] * 70 + ["None"] * 49 + ["unclear"] * 200
    reasons = ["8.1", "008", "250.1"] * 30 + [None] * (len(colours) - 90)
    names = [column.name for column in problem.inputs]
    table = pa.table(
        {
            name: {"colour": colours, "reason": reasons}.get(name, ["1"] * len(colours))
            for name in names
        }
    )
    colour, reason = fit(problem, table).features
    assert colour.vocabulary == ("green", "blue", "red")  # ties by the alphabet
    assert reason.vocabulary == ("008",)


def test_what_never_varies_or_is_never_known_is_not_scaled() -> None:
    problem = msgspec.structs.replace(
        toy.problem, features=(Quantity(column="age"), Quantity(column="days"))
    )
    rows = TRAINING.set_column(
        TRAINING.column_names.index("age"), "age", pa.array(["60"] * 2000)
    ).set_column(TRAINING.column_names.index("days"), "days", pa.nulls(2000, pa.string()))
    feature_map = fit(problem, rows)
    age, days = feature_map.features
    assert (age.mean, age.scale) == (60.0, 1.0)
    assert (days.mean, days.scale) == (0.0, 1.0)
    assert Encoder(feature_map).records([{"age": 61}]).matrix[0, 0] == 1.0


def test_without_a_row_there_is_nothing_to_fit() -> None:
    with pytest.raises(NotEnoughData, match=r"toy: no training row is left .* raw_rejected"):
        fit(toy.problem, TRAINING.slice(0, 0))


def test_the_parameters_survive_their_json_to_the_bit() -> None:
    feature_map = fit(toy.problem, TRAINING)
    back = msgspec.json.decode(feature_map.to_json(), type=FeatureMap)
    assert back == feature_map
    assert back.digest == feature_map.digest
    assert len(feature_map.digest) == 64
