from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ml.bundle import Linear
from ml.bundle.linear import LinearMargins
from ml.problems.candidates import Parameters
from ml.training.candidates import Lesson
from ml.training.candidates.logistic import fit_logistic
from tests import toy
from tests.unit.ml.learning import Prepared, prepare

PARAMETERS = {"inverse_penalty": 0.1}


def linear_of(lesson: Lesson, parameters: Parameters) -> Linear:
    found = fit_logistic(lesson, parameters)
    assert isinstance(found, Linear)
    return found


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(toy.problem, 2000, 1)


def test_the_same_rows_and_seed_give_the_same_terms(prepared: Prepared) -> None:
    once, again = (linear_of(prepared.lesson(1, threads), PARAMETERS) for threads in (1, 2))
    assert once == again
    assert once != linear_of(prepared.lesson(2, 1), PARAMETERS)  # others are withheld


def test_it_ranks_rows_that_it_has_not_seen(prepared: Prepared) -> None:
    linear = linear_of(prepared.lesson(1, 1), PARAMETERS)
    test = prepared.parts["test"]
    assert roc_auc_score(test.outcomes, LinearMargins(linear).margins(test.matrix)) > 0.65


def test_the_margins_are_those_of_a_regression_on_plain_columns(prepared: Prepared) -> None:
    """Built in another way: a dense column for each number, category and gap."""
    lesson, kinds = prepared.lesson(1, 1), prepared.feature_map.kinds

    def plain(matrix: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> np.ndarray:
        columns = []
        for values, kind, fitted in zip(
            matrix.T, kinds, prepared.feature_map.features, strict=True
        ):
            gap = np.isnan(values)
            codes = range(len(fitted.vocabulary) + 1)
            columns += [values == c for c in codes] if kind == "c" else [np.where(gap, 0, values)]
            columns.append(gap)
        return np.column_stack(columns).astype(float)

    theirs = LogisticRegression(C=0.1, max_iter=2000, tol=1e-5)
    theirs.fit(plain(lesson.shown), lesson.outcomes, lesson.weights)
    ours = LinearMargins(linear_of(lesson, PARAMETERS))
    test = prepared.parts["test"].matrix
    assert np.allclose(ours.margins(test), theirs.decision_function(plain(test)), atol=1e-3)


def test_explanations_start_from_the_mean_of_the_training_rows(prepared: Prepared) -> None:
    lesson = prepared.lesson(1, 1)
    margins = LinearMargins(linear_of(lesson, PARAMETERS))
    values = margins.shap(lesson.training.matrix)
    assert np.allclose(values[:, :-1].mean(axis=0), 0, atol=1e-9)
    assert np.allclose(values.sum(axis=1), margins.margins(lesson.training.matrix))


def test_an_almost_empty_record_is_near_the_base_rate(prepared: Prepared) -> None:
    lesson = prepared.lesson(1, 1)
    nothing = np.full((1, len(prepared.feature_map.names)), np.nan)
    margin = LinearMargins(linear_of(lesson, PARAMETERS)).margins(nothing)[0]
    assert 1 / (1 + np.exp(-margin)) == pytest.approx(lesson.priors[-1], abs=0.1)
