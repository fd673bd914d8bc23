"""Calibration of a model's margins on the validation part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

from ml.bundle import Calibrator

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
