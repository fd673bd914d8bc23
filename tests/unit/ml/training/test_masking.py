from __future__ import annotations

import numpy as np
import pytest

from ml.bundle import LoadedModel
from ml.problems import find
from ml.problems.problem import Problem
from ml.training.masking import together, withhold
from tests import toy
from tests.unit.ml.learning import learn, prepare

PREPARED = prepare(toy.problem, 2000, 1)
NAMES = PREPARED.feature_map.names
MATRIX = PREPARED.parts["train"].matrix


def test_features_of_a_column_and_a_ratio_with_its_operands_are_one_group() -> None:
    group = dict(zip(NAMES, together(PREPARED.feature_map).tolist(), strict=True))
    assert len({group[name] for name in ("age", "days", "age_and_days", "days_per_age")}) == 1
    assert len({group[name] for name in ("colour", "colour_code", "reds")}) == 1
    assert len({group[name] for name in ("age", "colour", "weight-kg", "reason")}) == 4


def test_a_group_is_withheld_whole_and_nothing_else_changes() -> None:
    withheld = withhold(MATRIX, PREPARED.feature_map, 1)
    hidden = np.isnan(withheld) & ~np.isnan(MATRIX)
    assert np.array_equal(withheld[~hidden], MATRIX[~hidden], equal_nan=True)
    complete = ~np.isnan(MATRIX).any(axis=1)
    groups = together(PREPARED.feature_map)
    for number in np.unique(groups):
        members = hidden[complete][:, groups == number]
        assert (members.all(axis=1) == members.any(axis=1)).all()


def test_the_share_runs_from_nothing_to_everything() -> None:
    complete = MATRIX[~np.isnan(MATRIX).any(axis=1)]
    withheld = withhold(complete, PREPARED.feature_map, 1)
    share = np.isnan(withheld).mean(axis=1)
    assert (share == 0).any()
    assert (share == 1).any()
    assert np.isnan(withheld).mean() == pytest.approx(0.5, abs=0.05)


def test_withholding_is_repeatable_by_its_seed() -> None:
    first = withhold(MATRIX, PREPARED.feature_map, 1)
    assert first.tobytes() == withhold(MATRIX, PREPARED.feature_map, 1).tobytes()
    assert first.tobytes() != withhold(MATRIX, PREPARED.feature_map, 2).tobytes()


@pytest.mark.parametrize("problem", [toy.problem, find("diabetes")], ids=lambda p: p.name)
def test_an_empty_record_gets_about_the_base_rate(problem: Problem) -> None:
    """Without withheld inputs in training the flagship's example once got a risk of .69."""
    content = learn(problem, 6000)
    model = LoadedModel(content, digest="")
    table = problem.generate(6000, 1)
    positive = problem.target.classes[problem.target.positive]
    rate = np.mean([v in positive for v in table[problem.target.column].to_pylist()])
    empty, example = model.predict([{}, problem.example]).risk
    assert rate / 2 < empty < rate * 2
    assert rate / 3 < example < rate * 3
