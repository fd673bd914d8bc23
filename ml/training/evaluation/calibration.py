"""How far risks can be taken at their word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.training.evaluation.bootstrap import Weights

BINS = 10
# Newton's method on two parameters; more steps mean that there is no finite answer. Where
# risks are extreme a whole step would overshoot.
_STEPS = 60
_LONGEST_STEP = 1.0
_CONVERGED = 1e-9
# Risks of 0 and 1 have no log-odds.
_SMALLEST = 1e-12


def bins_of(risk: NDArray[np.float64], by: str) -> NDArray[np.intp]:
    """Return each row's bin of ten: of equal `mass` (rows) or of equal `width` (risk)."""
    shares = np.linspace(0, 1, BINS + 1)[1:-1]
    return np.searchsorted(np.quantile(risk, shares) if by == "mass" else shares, risk, "right")


class CalibrationError:
    """Expected calibration error: the mean distance of risk and outcome rate over ten bins.

    Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", AAAI
    2015; the bins are those of the whole data. Chance alone makes it positive, and a
    resample's is larger still.
    """

    def __init__(self, positive: NDArray[np.bool_], risk: NDArray[np.float64], by: str) -> None:
        bins = bins_of(risk, by)
        self._gaps = np.zeros((len(risk), BINS))
        self._gaps[np.arange(len(risk)), bins] = risk - positive

    def __call__(self, weights: Weights) -> NDArray[np.float64]:
        """Return (resamples,) errors."""
        found: NDArray[np.float64] = np.abs(weights @ self._gaps).sum(axis=1) / weights.sum(axis=1)
        return found


class Recalibration:
    """Calibration slope and intercept.

    The slope is that of a logistic regression of the outcome on the log-odds of the risk: 1
    is right, below 1 means risks that are too extreme. The intercept is that of the same
    with the slope held at 1: 0 is right, below 0 means risks that are too high on the whole
    (Van Calster et al., "Calibration: the Achilles heel of predictive analytics", BMC
    Medicine 17, 2019).
    """

    def __init__(self, positive: NDArray[np.bool_], risk: NDArray[np.float64]) -> None:
        self._outcomes = positive.astype(np.float64)
        clipped = np.clip(risk, _SMALLEST, 1 - _SMALLEST)
        self._log_odds = np.log(clipped) - np.log1p(-clipped)
        # Far from the origin Newton's first step would overshoot.
        self._centre = float(self._log_odds.mean())

    def __call__(self, weights: Weights) -> NDArray[np.float64]:
        """Return (resamples, 2): slope and intercept; NaN where they are not finite."""
        slope = self._fit(weights, with_slope=True)[:, 1]
        intercept = self._fit(weights, with_slope=False)[:, 0]
        return np.column_stack([slope, intercept])

    def _fit(self, weights: Weights, *, with_slope: bool) -> NDArray[np.float64]:
        """Return (resamples, 2) intercepts and slopes, fitted by Newton's method."""
        x = self._log_odds - self._centre
        found = np.tile([self._centre, 1.0], (len(weights), 1))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for _ in range(_STEPS):
                risk = 1 / (1 + np.exp(-(found[:, :1] + found[:, 1:] * x)))
                left = weights * (self._outcomes - risk)
                curve = weights * risk * (1 - risk)
                step = _step(left, curve, x, with_slope=with_slope)
                found += np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
                if not (np.abs(step) > _CONVERGED).any():
                    break
            found[~(np.abs(step).max(axis=1) <= _CONVERGED)] = np.nan
        found[:, 0] -= found[:, 1] * self._centre
        return found


def _step(
    left: NDArray[np.float64],
    curve: NDArray[np.float64],
    x: NDArray[np.float64],
    *,
    with_slope: bool,
) -> NDArray[np.float64]:
    """Return (resamples, 2) Newton steps of intercept and slope."""
    slope_at, flat = left @ x, left.sum(axis=1)
    if not with_slope:
        return np.column_stack([flat / curve.sum(axis=1), np.zeros(len(left))])
    a, b, d = curve.sum(axis=1), curve @ x, curve @ x**2
    determinant = a * d - b**2
    steps = np.column_stack([d * flat - b * slope_at, a * slope_at - b * flat])
    found: NDArray[np.float64] = steps / determinant[:, None]
    return found
