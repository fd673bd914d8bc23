from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn

from ml.training.metrics import METRICS, evaluate, expected_calibration_error

DRAWN = np.random.default_rng(2)
RISK = DRAWN.beta(1, 6, 4000)
OUTCOMES = (DRAWN.random(4000) < RISK).astype(np.int64)
ALONE = np.arange(4000).astype(np.str_)
ONES = np.ones(4000)


def test_on_the_whole_data_every_metric_is_the_librarys() -> None:
    found = evaluate(OUTCOMES, RISK, ALONE, 20, 1)
    assert found.keys() == METRICS.keys() == {"auroc", "auprc", "brier", "log_loss", "ece"}
    assert found["auroc"].value == pytest.approx(sklearn.roc_auc_score(OUTCOMES, RISK))
    assert found["auprc"].value == pytest.approx(sklearn.average_precision_score(OUTCOMES, RISK))
    assert found["brier"].value == pytest.approx(sklearn.brier_score_loss(OUTCOMES, RISK))
    assert found["log_loss"].value == pytest.approx(sklearn.log_loss(OUTCOMES, RISK))


def test_a_weight_counts_a_row_as_often() -> None:
    weights = DRAWN.integers(0, 4, 4000)
    rows = np.repeat(np.arange(4000), weights)
    for name, metric in METRICS.items():
        if name != "ece":  # its bins are those of the whole data, whatever the weights
            weighted = metric(OUTCOMES, RISK, weights.astype(np.float64))
            assert weighted == pytest.approx(
                metric(OUTCOMES[rows], RISK[rows], ONES[:1].repeat(rows.size))
            ), name


def test_calibrated_risks_have_hardly_an_error_and_skewed_ones_their_skew() -> None:
    assert expected_calibration_error(OUTCOMES, RISK, ONES) < 0.02
    assert expected_calibration_error(OUTCOMES, RISK + 0.3, ONES) == pytest.approx(0.3, abs=0.02)


def test_the_error_of_a_case_worked_by_hand() -> None:
    outcomes = np.array([0, 1] * 10)
    risk = np.repeat(np.linspace(0.05, 0.95, 10), 2)
    gaps = np.abs(np.linspace(0.05, 0.95, 10) - 0.5)
    assert expected_calibration_error(outcomes, risk, np.ones(20)) == pytest.approx(gaps.mean())


def test_one_risk_for_all_is_off_by_its_distance_from_the_rate() -> None:
    found = expected_calibration_error(OUTCOMES, np.full(4000, 0.5), ONES)
    assert found == pytest.approx(0.5 - OUTCOMES.mean())


def test_the_interval_holds_the_value() -> None:
    for name, interval in evaluate(OUTCOMES, RISK, ALONE, 100, 1).items():
        if name != "ece":  # resampling can only add to a calibration error
            assert interval.low < interval.value < interval.high, name
        assert interval.low < interval.high, name


def test_the_interval_widens_where_rows_of_a_patient_go_together() -> None:
    """Each of 400 patients ten times over: as much data as 400 rows, not as 4,000."""
    outcomes, risk = OUTCOMES[:400].repeat(10), RISK[:400].repeat(10)
    together = evaluate(outcomes, risk, np.arange(400).astype(np.str_).repeat(10), 100, 1)["auroc"]
    apart = evaluate(outcomes, risk, ALONE, 100, 1)["auroc"]
    assert together.value == apart.value
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_the_interval_is_repeatable_by_its_seed() -> None:
    assert evaluate(OUTCOMES, RISK, ALONE, 20, 1) == evaluate(OUTCOMES, RISK, ALONE, 20, 1)
    assert evaluate(OUTCOMES, RISK, ALONE, 20, 1) != evaluate(OUTCOMES, RISK, ALONE, 20, 2)


def test_a_resample_without_an_outcome_is_drawn_again() -> None:
    outcomes = np.array([1] + [0] * 19)
    found = evaluate(outcomes, np.linspace(0.9, 0.1, 20), np.arange(20).astype(np.str_), 50, 1)
    assert found["auroc"].value == found["auroc"].low == found["auroc"].high == 1.0
