from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.training.evaluation.calibration import CalibrationError, Recalibration, bins_of

DRAWN = np.random.default_rng(3)
RISK = DRAWN.beta(1, 6, 60_000)
POSITIVE = DRAWN.random(60_000) < RISK
ONES = np.ones((1, 60_000))


def error(positive: NDArray[np.bool_], risk: NDArray[np.float64], by: str = "mass") -> float:
    return float(CalibrationError(positive, risk, by)(np.ones((1, len(risk))))[0])


def distorted(slope: float, intercept: float) -> NDArray[np.float64]:
    """Risks whose log-odds a right model would multiply by `slope` and move by `intercept`."""
    log_odds = (np.log(RISK / (1 - RISK)) - intercept) / slope
    found: NDArray[np.float64] = 1 / (1 + np.exp(-log_odds))
    return found


@pytest.mark.parametrize("by", ["mass", "width"])
def test_right_risks_have_hardly_an_error_and_shifted_ones_their_shift(by: str) -> None:
    assert error(POSITIVE, RISK, by) < 0.01
    assert error(POSITIVE, RISK + 0.3, by) == pytest.approx(0.3, abs=0.01)


def test_bins_are_tenths_of_the_rows_or_of_the_scale() -> None:
    assert np.ptp(np.bincount(bins_of(RISK, "mass"))) <= 1
    assert np.array_equal(bins_of(RISK, "width"), np.minimum(RISK * 10 // 1, 9))


def test_the_error_of_a_case_worked_by_hand() -> None:
    positive = np.array([False, True] * 10)
    risk = np.repeat(np.linspace(0.05, 0.95, 10), 2)
    gaps = np.abs(np.linspace(0.05, 0.95, 10) - 0.5)
    assert error(positive, risk) == pytest.approx(gaps.mean())


@pytest.mark.parametrize("slope", [0.5, 1.0, 1.6])
def test_the_slope_that_a_risk_needs_is_found(slope: float) -> None:
    found = Recalibration(POSITIVE, distorted(slope, 0))(ONES)[0]
    assert found[0] == pytest.approx(slope, rel=0.05)


@pytest.mark.parametrize("shift", [-0.7, 0.0, 0.4])
def test_the_intercept_is_how_far_all_risks_are_off(shift: float) -> None:
    slope, intercept = Recalibration(POSITIVE, distorted(1, shift))(ONES)[0]
    assert intercept == pytest.approx(shift, abs=0.05)
    assert slope == pytest.approx(1, abs=0.05)


def test_the_fit_is_that_of_a_logistic_regression_with_weights() -> None:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow, and only here

    weights = DRAWN.integers(0, 3, 2000).astype(np.float64)
    risk, positive = distorted(0.6, 0.2)[:2000], POSITIVE[:2000]
    slope = Recalibration(positive, risk)(weights[None])[0, 0]
    log_odds = np.log(risk / (1 - risk))[:, None]
    fitted = LogisticRegression(C=np.inf, tol=1e-10).fit(log_odds, positive, weights)
    assert slope == pytest.approx(fitted.coef_[0, 0], rel=1e-4)


def test_perfect_and_constant_risks_have_no_slope() -> None:
    perfect = POSITIVE[:500].astype(np.float64)
    for risk in (perfect, np.full(500, 0.2)):
        assert np.isnan(Recalibration(POSITIVE[:500], risk)(np.ones((1, 500)))[0, 0])
