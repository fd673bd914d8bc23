"""Explaining: SHAP values of a risk in the terms of the raw record.

Trees' own values come from XGBoost's exact TreeSHAP (Lundberg et al., "From local
explanations to global understanding with explainable AI for trees", Nature Machine
Intelligence 2, 2020), those of a logistic regression from its terms, both on the scale of
the margin; the members of a model add up. Calibration is a straight line on that
scale, so that its slope stretches every value and its intercept moves the base: base and
contributions of a record add up to the log-odds of the risk that is answered.

Of more than two classes the predicted one is explained, against the others: its margin less
the mean of theirs. Margins of a softmax mean nothing alone, for all of them can be moved
together (docs/adr/0027); of two classes the difference is the log-odds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ml.features.sharing import Sharing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ml.bundle.calibrator import Calibrator
    from ml.bundle.content import Content
    from ml.bundle.ensemble import Ensemble


_OF_TWO_CLASSES = 2  # dimensions of their SHAP values


class Attribution(NamedTuple):
    """What moves the log-odds of each record's risk.

    Args:
        base: float64, (records,), log-odds of a record of which nothing is known to differ
            from the average; the same for all but for the class that is explained.
        contributions: float64, (records, input columns), in the order of the schema.
    """

    base: NDArray[np.float64]
    contributions: NDArray[np.float64]


class Explainer:
    """Explains the predictions of one model. It never changes, so that threads may share it.

    Args:
        content: the bundle's parts.
        ensemble: its model.
    """

    def __init__(self, content: Content, ensemble: Ensemble) -> None:
        self._ensemble = ensemble
        self._calibrator: Calibrator = content.calibrator
        self._sharing = Sharing(content.features)

    def attribute(
        self,
        records: Sequence[Mapping[str, object]],
        matrix: NDArray[np.float64],
        log_odds: NDArray[np.float64],
        classes: NDArray[np.intp],
    ) -> Attribution:
        """Return the base value and the contribution of every input column.

        Args:
            records: the raw records, within the contract.
            matrix: (records, features), the same records encoded.
            log_odds: (records,), of the risks to be explained.
            classes: (records,), index of the class whose risk each of them is.
        """
        values = self._ensemble.shap(matrix) * self._calibrator.slope
        values[..., -1] += self._calibrator.intercept
        if values.ndim > _OF_TWO_CLASSES:
            values = against_others(values, classes)
        base = values[:, -1]
        contributions = self._sharing.share(records, matrix, values[:, :-1])
        return Attribution(base, _settled(contributions, log_odds - base))


def against_others(values: NDArray[np.float64], classes: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return what one class of each row has more than the others have in the mean.

    Args:
        values: (rows, classes, ...).
        classes: (rows,), which class.
    """
    own: NDArray[np.float64] = values[np.arange(len(values)), classes]
    others: NDArray[np.float64] = (values.sum(axis=1) - own) / (values.shape[1] - 1)
    return own - others


def _settled(
    contributions: NDArray[np.float64], totals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the contributions with what rounding left over shared out by their size.

    XGBoost adds in float32 along every path of every tree; some 1e-6 is left over.
    """
    left = totals - contributions.sum(axis=1)
    sizes = np.abs(contributions) + np.finfo(np.float64).tiny
    settled: NDArray[np.float64] = contributions + (
        sizes / sizes.sum(axis=1, keepdims=True) * left[:, None]
    )
    return settled
