"""Every kind of model learns more than two classes, and a few rows that lack one."""

from __future__ import annotations

import numpy as np
import pytest

from ml.bundle import Multinomial
from ml.training.candidates import Lesson, attempt, follow, mix
from ml.training.candidates.logistic import fit_logistic
from tests.unit.ml import several
from tests.unit.ml.learning import Prepared, prepare


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(several.problem, several.ROWS, 1)


def test_boosted_trees_that_find_their_rounds_are_those_of_the_recipe(prepared: Prepared) -> None:
    lesson, part = prepared.lesson(1, 1), several.PARTS["xgboost"]
    losses: list[float] = []

    def watch(rounds: int, log_loss: float) -> bool:
        losses.append(log_loss)
        return False

    found = attempt(part, lesson, watch)
    assert found is not None
    best = found.recipe[0].parameters["rounds"]
    assert losses[int(best) - 1] == min(losses)
    assert follow(found.recipe, lesson).boosters == found.boosters
    assert attempt(part, lesson, lambda *_: True) is None


def test_a_mean_is_better_than_its_worst_member(prepared: Prepared) -> None:
    lesson = prepared.lesson(1, 1)
    members = [follow((part,), lesson) for part in several.PARTS.values()]
    mixed = mix(members, lesson)
    assert mixed.log_loss < max(member.log_loss for member in members)
    matrix = prepared.parts["test"].matrix
    together = np.mean(
        [
            one.calibrator.log_odds(one.scorer(lesson.feature_map).ensemble.margins(matrix))
            for one in members
        ],
        axis=0,
    )
    margins = mixed.scorer(lesson.feature_map).ensemble.margins(matrix)
    assert np.allclose(margins, together, atol=1e-12)


@pytest.mark.parametrize("lacking", [[2], [1], [0]])
def test_a_class_that_a_few_rows_lack_is_rare(prepared: Prepared, lacking: list[int]) -> None:
    whole = prepared.parts["train"]
    kept = np.flatnonzero(~np.isin(whole.outcomes, lacking))[:120]
    few = whole._replace(
        matrix=whole.matrix[kept], outcomes=whole.outcomes[kept], groups=whole.groups[kept]
    )
    lesson = Lesson(few, prepared.parts["validation"], prepared.feature_map, 1, 1)
    assert lesson.classes == 3
    found = fit_logistic(lesson, {"inverse_penalty": 0.3})
    assert isinstance(found, Multinomial)
    learned = follow((several.PARTS["logistic_regression"],), lesson)
    uncalibrated = learned._replace(calibrator=type(learned.calibrator)())
    scored = uncalibrated.scorer(lesson.feature_map).probabilities(prepared.parts["test"].matrix)
    assert scored.shape[1] == 3
    assert scored[:, lacking].mean() < 0.1
    grown = follow((several.PARTS["xgboost"],), lesson)
    assert grown.scorer(lesson.feature_map).ensemble.outputs == 3
