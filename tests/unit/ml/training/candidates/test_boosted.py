from __future__ import annotations

import numpy as np
import pytest
import xgboost
from sklearn.metrics import log_loss, roc_auc_score

from ml.bundle.trees import Trees
from ml.training.candidates.boosted import fit_boosted, fit_until_best
from tests import toy
from tests.unit.ml.learning import Prepared, prepare

PARAMETERS = {
    "rounds": 120,
    "eta": 0.2,
    "max_depth": 3,
    "min_child_weight": 5.0,
    "row_share": 0.8,
    "column_share": 0.5,
    "reg_lambda": 1.0,
}


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(toy.problem, 2000, 1)


def fitted(prepared: Prepared, seed: int, threads: int, rounds: int = 40) -> xgboost.Booster:
    return fit_boosted(prepared.lesson(seed, threads), {**PARAMETERS, "rounds": rounds})


def raw(booster: xgboost.Booster) -> bytes:
    return bytes(booster.save_raw("ubj"))


def test_the_same_rows_and_seed_give_the_same_bytes_whatever_the_threads(
    prepared: Prepared,
) -> None:
    assert raw(fitted(prepared, 1, 2)) == raw(fitted(prepared, 1, 2))
    assert raw(fitted(prepared, 1, 1)) == raw(fitted(prepared, 1, 2))
    assert raw(fitted(prepared, 1, 2)) != raw(fitted(prepared, 2, 2))


def test_it_ranks_rows_that_it_has_not_seen(prepared: Prepared) -> None:
    booster = fitted(prepared, 1, 2)
    test = prepared.parts["test"]
    assert booster.num_boosted_rounds() == 40
    assert roc_auc_score(test.outcomes, Trees(booster).margins(test.matrix)) > 0.6


def test_the_rounds_are_those_of_the_lowest_log_loss_on_the_validation_part(
    prepared: Prepared,
) -> None:
    seen: dict[int, float] = {}

    def watch(rounds: int, log_loss: float) -> bool:
        seen[rounds] = log_loss
        return False

    booster = fit_until_best(prepared.lesson(1, 2), PARAMETERS, watch)
    assert booster is not None
    best = booster.num_boosted_rounds()
    assert best == min(seen, key=lambda rounds: seen[rounds])
    assert best < len(seen) == best + 40  # it ended once no better round was to be expected
    rows = prepared.parts["validation"]
    margins = Trees(booster).margins(rows.matrix)
    assert log_loss(rows.outcomes, 1 / (1 + np.exp(-margins))) == pytest.approx(
        seen[best], abs=1e-6
    )
    again = fitted(prepared, 1, 2, best)
    assert (margins == Trees(again).margins(rows.matrix)).all()


def test_who_looks_on_may_give_it_up(prepared: Prepared) -> None:
    asked = []

    def watch(rounds: int, log_loss: float) -> bool:
        del log_loss
        asked.append(rounds)
        return rounds == 5

    assert fit_until_best(prepared.lesson(1, 2), PARAMETERS, watch) is None
    assert asked == [1, 2, 3, 4, 5]
