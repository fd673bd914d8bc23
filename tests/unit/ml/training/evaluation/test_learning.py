from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.data.clean_store import CleanRows
from ml.training.evaluation import learning_curve

Score = Callable[[NDArray[np.float64]], NDArray[np.float64]]
DRAWN = np.random.default_rng(4)


def rows(number: int) -> CleanRows:
    outcomes = (DRAWN.random(number) < 0.2).astype(np.int64)
    patients = (np.arange(number) // 2).astype(np.str_)
    return CleanRows(DRAWN.normal(size=(number, 2)), outcomes, patients)


def telling(rate: float) -> NDArray[np.float64]:
    return np.array([[1 - rate, rate]])


def test_each_point_is_of_more_patients_and_the_last_of_all() -> None:
    training, validation, seen = rows(2000), rows(500), []

    def fit(some: CleanRows) -> Score:
        seen.append(some)
        return lambda matrix: telling(some.outcomes.mean()).repeat(len(matrix), axis=0)

    whole = fit(training)
    seen.clear()
    found = learning_curve(fit, whole, training, validation, 1)
    assert [point.rows for point in found] == [*(len(s.outcomes) for s in seen), 2000]
    assert [point.rows for point in found[:-1]] == [200, 600]
    for some in seen:
        assert (np.unique(some.groups, return_counts=True)[1] == 2).all()
    rate = training.outcomes.mean()
    expected = -np.mean(np.log(np.where(validation.outcomes, rate, 1 - rate)))
    assert found[-1].validation == pytest.approx(expected)


def test_smaller_shares_lie_within_larger_ones_and_hang_on_the_seed() -> None:
    training, validation = rows(400), rows(100)

    def groups(seed: int) -> list[set[str]]:
        seen: list[set[str]] = []

        def fit(some: CleanRows) -> Score:
            seen.append(set(some.groups.tolist()))
            return lambda matrix: telling(0.2).repeat(len(matrix), axis=0)

        whole = fit(training)
        seen.clear()
        learning_curve(fit, whole, training, validation, seed)
        return seen

    small, large = groups(1)
    assert small < large
    assert groups(1) == [small, large]
    assert groups(2) != [small, large]
