from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.bundle import Interval
from ml.errors import NotEnoughData
from ml.training.evaluation import Bootstrap
from ml.training.evaluation.bootstrap import summary

PATIENTS = np.repeat(np.arange(300), 3).astype(np.str_)
OUTCOMES = (np.arange(900) % 7 == 0).astype(np.int64)


def identity(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return weights


def test_the_first_weights_are_the_data_as_they_are() -> None:
    found = Bootstrap(PATIENTS, OUTCOMES, 50, 1).values(identity)
    assert found.shape == (51, 900)
    assert (found[0] == 1).all()


def test_rows_of_a_patient_are_drawn_together_and_as_many_patients_as_there_are() -> None:
    drawn = Bootstrap(PATIENTS, OUTCOMES, 50, 1).values(identity)[1:].reshape(50, 300, 3)
    assert (drawn == drawn[:, :, :1]).all()
    assert (drawn[:, :, 0].sum(axis=1) == 300).all()
    assert drawn.max() > 1


def test_a_subset_has_the_same_resamples() -> None:
    whole, rows = Bootstrap(PATIENTS, OUTCOMES, 50, 1), np.array([5, 2, 700])
    assert np.array_equal(whole.subset(rows).values(identity), whole.values(identity)[:, rows])


def test_every_resample_holds_a_rare_outcome() -> None:
    rare = np.zeros(900, dtype=np.int64)
    rare[:2] = 1  # both of one patient
    drawn = Bootstrap(PATIENTS, rare, 50, 1).values(identity)
    assert (drawn[:, :2].sum(axis=1) > 0).all()


def test_blocks_of_weights_do_not_change_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap = Bootstrap(PATIENTS, OUTCOMES, 50, 1)
    whole = bootstrap.values(identity)
    monkeypatch.setattr("ml.training.evaluation.bootstrap._BLOCK_VALUES", 7 * 900)
    assert np.array_equal(bootstrap.values(identity), whole)


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    values = np.random.default_rng(1).normal(0, 1, 2000)
    alone = np.arange(2000).astype(np.str_)
    bootstrap = Bootstrap(alone, (values > 0).astype(np.int64), 2000, 1)
    found = bootstrap.intervals(["mean"], lambda w: (w @ values / w.sum(axis=1))[:, None])["mean"]
    reach = 1.96 / np.sqrt(2000)
    assert found.low == pytest.approx(values.mean() - reach, abs=0.15 * reach)
    assert found.high == pytest.approx(values.mean() + reach, abs=0.15 * reach)


def test_what_cannot_be_computed_is_left_out_and_broken_resamples_do_not_count() -> None:
    nan = np.nan
    values = np.array([[1.0, nan, 2.0], [nan, 5, nan], [0.0, 5, nan], [2.0, 5, nan]])
    assert summary(["a", "b", "c"], values) == {"a": Interval(1.0, 0.05, 1.95)}


def test_an_outcome_of_hardly_any_patient_is_told() -> None:
    """One of 100,000 patients: two thirds of the resamples hold it, so it takes a while."""
    two = np.array(["a", "b"])
    found = Bootstrap(two, np.array([0, 1]), 5, 1).values(identity)
    assert (found == 1).all()  # only the data as they are hold both
    with pytest.raises(NotEnoughData, match="ingest more data"):
        Bootstrap(np.arange(40).astype(np.str_), np.arange(40), 5, 1)
