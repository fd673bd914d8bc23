from __future__ import annotations

import pytest
import xgboost
from sklearn.metrics import roc_auc_score

from ml.bundle.trees import Trees
from ml.training.candidates.forest import fit_forest
from tests import toy
from tests.unit.ml.learning import Prepared, prepare


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    return prepare(toy.problem, 2000, 1)


def fitted(prepared: Prepared, seed: int, threads: int = 2) -> xgboost.Booster:
    return fit_forest(prepared.lesson(seed, threads), toy.problem.forest)


def raw(booster: xgboost.Booster) -> bytes:
    return bytes(booster.save_raw("ubj"))


def test_the_same_rows_and_seed_give_the_same_bytes(prepared: Prepared) -> None:
    assert raw(fitted(prepared, 1)) == raw(fitted(prepared, 1))
    assert raw(fitted(prepared, 1)) != raw(fitted(prepared, 2))


def test_the_number_of_threads_does_not_matter(prepared: Prepared) -> None:
    assert raw(fitted(prepared, 1, threads=1)) == raw(fitted(prepared, 1, threads=2))


def test_it_is_a_forest_of_the_declared_size_on_the_declared_features(prepared: Prepared) -> None:
    booster = fitted(prepared, 1)
    assert len(booster.get_dump()) == toy.problem.forest["trees"]
    assert booster.num_boosted_rounds() == 1
    assert tuple(booster.feature_names or ()) == prepared.feature_map.names
    assert tuple(booster.feature_types or ()) == prepared.feature_map.kinds


def test_it_ranks_rows_that_it_has_not_seen(prepared: Prepared) -> None:
    test = prepared.parts["test"]
    assert roc_auc_score(test.outcomes, Trees(fitted(prepared, 1)).margins(test.matrix)) > 0.6
