"""The calibrator: from a model's margins to probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Calibrator(msgspec.Struct, frozen=True):
    """Logistic calibration: sigmoid(slope * margin + intercept), or softmax of the same.

    Of two classes it is that of Platt, "Probabilistic outputs for support vector machines",
    1999; of more it has one slope for all and an intercept for each, the bias-corrected
    temperature scaling of Alexandari et al., "Maximum likelihood with bias-corrected
    calibration is hard-to-beat at label shift adaptation", ICML 2020. Slope 1 and
    intercept 0 leave the model's own probabilities as they are.
    """

    slope: float = 1.0
    intercept: float | tuple[float, ...] = 0.0

    def log_odds(self, margins: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the calibrated margins, of the shape of `margins`."""
        found: NDArray[np.float64] = self.slope * margins + self.intercept
        return found

    def probabilities(self, margins: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (rows, classes) probabilities.

        Args:
            margins: (rows,), of the last of two classes, or (rows, classes) of more.
        """
        log_odds = self.log_odds(margins)
        if log_odds.ndim > 1:
            return softmax(log_odds)
        positive = 1.0 / (1.0 + np.exp(-log_odds))
        found = np.empty((len(positive), 2))
        found[:, 0], found[:, 1] = 1.0 - positive, positive
        return found


def softmax(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities, which add up to 1 in each row, of (rows, classes) margins."""
    # Less the largest, lest an exponential overflow.
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    found: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return found
