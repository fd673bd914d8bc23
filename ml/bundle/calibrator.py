"""The calibrator: from a model's margins to probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Calibrator(msgspec.Struct, frozen=True):
    """Logistic (Platt) calibration: sigmoid(slope * margin + intercept).

    Platt, "Probabilistic outputs for support vector machines", 1999. Slope 1 and intercept
    0 leave the model's own probabilities as they are.
    """

    slope: float = 1.0
    intercept: float = 0.0

    def log_odds(self, margins: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the calibrated log-odds of the positive class, shape (rows,)."""
        return self.slope * margins + self.intercept

    def probabilities(self, margins: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (rows, 2) probabilities from margins, the positive class last."""
        positive = 1.0 / (1.0 + np.exp(-self.log_odds(margins)))
        found = np.empty((len(positive), 2))
        found[:, 0], found[:, 1] = 1.0 - positive, positive
        return found
