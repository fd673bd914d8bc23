"""Calibration of a model's margins on the validation part."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from ml.bundle import Calibrator

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PRECISELY = {"maxiter": 200, "gtol": 1e-8}


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
        margins: (rows,) log-odds, or (rows, classes), of a model that has not seen these rows.
        outcomes: (rows,) index of the class.
        groups: (rows,) key of the patient.
    """
    half = np.unique(groups, return_inverse=True)[1] % 2 == 0
    crossed = np.empty_like(margins)
    for chosen in (half, ~half):
        fitted = fit_calibrator(margins[~chosen], outcomes[~chosen])
        crossed[chosen] = fitted.log_odds(margins[chosen])
    as_it_is, calibrated = (_log_loss(outcomes, odds) for odds in (margins, crossed))
    if calibrated < as_it_is:
        return Calibration(fit_calibrator(margins, outcomes), calibrated)
    return Calibration(Calibrator(), as_it_is)


def fit_calibrator(margins: NDArray[np.float64], outcomes: NDArray[np.int64]) -> Calibrator:
    """Return the logistic calibration that fits best.

    The outcomes are smoothed as Platt does (1999, section 2.2), by one row of every class:
    where few rows are all ranked right, certainty would else have no bound.

    Args:
        margins: (rows,) log-odds, or (rows, classes), of a model that has not seen these rows.
        outcomes: (rows,) index of the class.
    """
    whole = _by_class(margins)
    classes = whole.shape[1]
    counts = np.bincount(outcomes, minlength=classes)[outcomes]
    shares = np.repeat(1.0 / (counts + classes)[:, None], classes, axis=1)
    shares[np.arange(len(outcomes)), outcomes] *= counts + 1

    def loss(fitted: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return the mean log-loss and its gradient by the slope and the intercepts."""
        logs = log_softmax(fitted[0] * whole + fitted[1:], axis=1)
        left = (np.exp(logs) - shares) / len(outcomes)
        gradient = np.concatenate([[np.sum(left * whole)], left.sum(axis=0)])
        return float(-np.sum(shares * logs) / len(outcomes)), gradient

    start = np.concatenate([[1.0], np.zeros(classes)])
    found = minimize(loss, start, jac=True, method="BFGS", options=_PRECISELY)
    slope, intercepts = float(found.x[0]), found.x[1:]
    # A slope that is not positive would turn the ranking round: such a model has learned
    # nothing, and a calibrator must not hide it.
    if slope <= 0:
        return Calibrator()
    if margins.ndim == 1:
        return Calibrator(slope, float(intercepts[1] - intercepts[0]))
    return Calibrator(slope, tuple((intercepts - intercepts.mean()).tolist()))


def _by_class(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (rows, classes) margins; of two classes the first one's are 0."""
    if margins.ndim > 1:
        return margins
    return np.column_stack([np.zeros_like(margins), margins])


def _log_loss(outcomes: NDArray[np.int64], margins: NDArray[np.float64]) -> float:
    logs = log_softmax(_by_class(margins), axis=1)
    return float(-logs[np.arange(len(outcomes)), outcomes].mean())
