"""Calibration of a model's margins on the validation part."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from ml.bundle import Calibrator

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Calibration(NamedTuple):
    """A calibrator, and the log-loss of the risks that it gives to patients it has not seen."""

    calibrator: Calibrator
    log_loss: float


def calibrate(
    margins: NDArray[np.float64], outcomes: NDArray[np.int64], groups: NDArray[np.str_]
) -> Calibration:
    """Return the logistic calibration if it helps, else the one that changes nothing.

    Whether it helps is told from patients that it was not fitted on: each half of them is
    calibrated by what the other half says.

    Args:
        margins: (rows,) log-odds of a model that has not seen these rows.
        outcomes: (rows,) 0 or 1.
        groups: (rows,) key of the patient.
    """
    half = np.unique(groups, return_inverse=True)[1] % 2 == 0
    crossed = np.empty_like(margins)
    for chosen in (half, ~half):
        fitted = fit_platt(margins[~chosen], outcomes[~chosen])
        crossed[chosen] = fitted.log_odds(margins[chosen])
    as_it_is, calibrated = (_log_loss(outcomes, odds) for odds in (margins, crossed))
    if calibrated < as_it_is:
        return Calibration(fit_platt(margins, outcomes), calibrated)
    return Calibration(Calibrator(), as_it_is)


def fit_platt(margins: NDArray[np.float64], outcomes: NDArray[np.int64]) -> Calibrator:
    """Return the logistic calibration that fits best.

    Args:
        margins: (rows,) log-odds of a model that has not seen these rows.
        outcomes: (rows,) 0 or 1.
    """
    fitted = LogisticRegression(C=np.inf).fit(margins.reshape(-1, 1), outcomes)
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    # A slope that is not positive would turn the ranking round: such a model has learned
    # nothing, and a calibrator must not hide it.
    return Calibrator(slope, intercept) if slope > 0 else Calibrator()


def _log_loss(outcomes: NDArray[np.int64], log_odds: NDArray[np.float64]) -> float:
    return float(log_loss(outcomes, 1.0 / (1.0 + np.exp(-log_odds))))
