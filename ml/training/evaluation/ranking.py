"""How well risks rank rows: AUROC and average precision under many weightings at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.training.evaluation.bootstrap import Weights


class Ranking:
    """Rows in the order of their risk, sorted once for all weightings.

    Args:
        positive: bool, (rows,).
        risk: (rows,).
    """

    def __init__(self, positive: NDArray[np.bool_], risk: NDArray[np.float64]) -> None:
        order = np.argsort(risk, kind="stable")
        self._positives = order[positive[order]]
        self._negatives = order[~positive[order]]
        risks = np.unique(risk)
        # Where, among the distinct risks, the rows of each outcome stand.
        self._size = len(risks)
        self._positive_places = np.searchsorted(risks, risk[self._positives])
        self._negative_places = np.searchsorted(risks, risk[self._negatives])

    def __call__(self, weights: Weights) -> NDArray[np.float64]:
        """Return (resamples, 2): AUROC and average precision; NaN where an outcome lacks.

        AUROC is the Mann-Whitney statistic with ties counted one half (Hanley and McNeil,
        Radiology 143, 1982). Average precision is the sum of precisions at each risk, weighted
        by the recall that it adds, as in scikit-learn.
        """
        positives = self._at(weights, self._positives, self._positive_places)
        negatives = self._at(weights, self._negatives, self._negative_places)
        all_positives = positives.sum(axis=1)
        all_negatives = negatives.sum(axis=1)
        below = np.cumsum(negatives, axis=1) - negatives / 2
        caught = np.cumsum(positives[:, ::-1], axis=1)
        alerts = caught + np.cumsum(negatives[:, ::-1], axis=1)
        precision = np.divide(caught, alerts, out=np.zeros_like(caught), where=alerts > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            auroc = (positives * below).sum(axis=1) / (all_positives * all_negatives)
            auprc = (positives[:, ::-1] * precision).sum(axis=1) / all_positives
        return np.column_stack([auroc, np.where(all_negatives > 0, auprc, np.nan)])

    def _at(
        self, weights: Weights, rows: NDArray[np.intp], places: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Return (resamples, distinct risks): the weight of an outcome's rows at each risk."""
        found = np.zeros((len(weights), self._size))
        if rows.size:
            starts = np.flatnonzero(np.diff(places, prepend=-1))
            found[:, places[starts]] = np.add.reduceat(weights[:, rows], starts, axis=1)
        return found
