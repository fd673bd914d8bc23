"""Curves of one class's risks, and what comes of acting on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.bundle.evaluation import Bin, ClassEvaluation, Line, NetBenefit, OperatingPoint
from ml.problems.text import Text
from ml.training.evaluation.calibration import BINS, bins_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ml.problems.problem import RiskBand
    from ml.training.evaluation.bootstrap import Bootstrap, Weights

_POINTS = 200
_THRESHOLDS = 40
_SHARES = (0.05, 0.1, 0.2, 0.3)
_ACTED = ("alerts_per_100", "precision", "recall", "specificity")


def class_evaluation(
    positive: NDArray[np.bool_],
    risk: NDArray[np.float64],
    bands: Sequence[RiskBand],
    bootstrap: Bootstrap,
) -> ClassEvaluation:
    """Return everything about one class's risks.

    Args:
        positive: (rows,) whether the class occurred.
        risk: (rows,) its probability.
        bands: risk bands, whose starts are operating points.
        bootstrap: of the rows.
    """
    roc, precision_recall = _lines(positive, risk)
    return ClassEvaluation(
        roc=roc,
        precision_recall=precision_recall,
        calibration=_calibration(positive, risk, bootstrap),
        decision=_decision(positive, risk, bootstrap),
        operating_points=_operating_points(positive, risk, bands, bootstrap),
    )


def _lines(positive: NDArray[np.bool_], risk: NDArray[np.float64]) -> tuple[Line, Line]:
    """Return the ROC and the precision-recall curve, thinned to what an eye can see."""
    order = np.argsort(-risk, kind="stable")
    last_of_ties = np.append(np.diff(risk[order]) != 0, True)  # NumPy's
    caught = np.cumsum(positive[order])[last_of_ties]
    alerts = (np.flatnonzero(last_of_ties) + 1).astype(np.float64)
    recall, precision = caught / caught[-1], caught / alerts
    false_alarms = (alerts - caught) / max(1, int((~positive).sum()))
    first = np.flatnonzero(caught)[0]  # before it nobody is caught
    return (
        _thinned(np.append(0, false_alarms), np.append(0, recall)),
        _thinned(np.append(0, recall[first:]), np.append(precision[first], precision[first:])),
    )


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> Line:
    places = np.searchsorted(x, np.linspace(0, x[-1], _POINTS))
    kept = np.unique(np.append(places, [0, len(x) - 1]))
    return Line(tuple(np.round(x[kept], 5).tolist()), tuple(np.round(y[kept], 5).tolist()))


def _calibration(
    positive: NDArray[np.bool_], risk: NDArray[np.float64], bootstrap: Bootstrap
) -> tuple[Bin, ...]:
    members = np.eye(BINS)[bins_of(risk, "mass")]
    outcomes = members * positive[:, None]

    def rates(weights: Weights) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore"):
            found: NDArray[np.float64] = (weights @ outcomes) / (weights @ members)
        return found

    found = bootstrap.intervals([str(number) for number in range(BINS)], rates)
    return tuple(
        Bin(
            rows=int(members[:, int(number)].sum()),
            risk=float(risk[members[:, int(number)] > 0].mean()),
            rate=rate,
        )
        for number, rate in found.items()
    )


def _decision(
    positive: NDArray[np.bool_], risk: NDArray[np.float64], bootstrap: Bootstrap
) -> tuple[NetBenefit, ...]:
    """Return the decision curve (Vickers and Elkin, Medical Decision Making 26, 2006).

    From a threshold of 1 % to four times the outcome rate: who would act on less, or wait
    for more, needs no model.
    """
    rate = float(positive.mean())
    thresholds = np.linspace(0.01, min(0.95, max(0.1, 4 * rate)), _THRESHOLDS)
    odds = thresholds / (1 - thresholds)
    alerts = risk[:, None] >= thresholds
    worth = alerts * (positive[:, None] - odds * ~positive[:, None])
    names = [str(number) for number in range(_THRESHOLDS)]
    found = bootstrap.intervals(
        names, lambda weights: weights @ worth / weights.sum(axis=1)[:, None]
    )
    everybody = rate - odds * (1 - rate)
    return tuple(
        NetBenefit(threshold=float(threshold), model=found[name], everybody=float(benefit))
        for name, threshold, benefit in zip(names, thresholds, everybody, strict=True)
    )


def _operating_points(
    positive: NDArray[np.bool_],
    risk: NDArray[np.float64],
    bands: Sequence[RiskBand],
    bootstrap: Bootstrap,
) -> tuple[OperatingPoint, ...]:
    named = [(_from(band), band.start) for band in bands[1:]]
    shares = [(_top(share), float(np.quantile(risk, 1 - share))) for share in _SHARES]
    return tuple(
        OperatingPoint(
            label=label,
            threshold=threshold,
            values=bootstrap.intervals(_ACTED, Acting(positive, risk >= threshold)),
        )
        for label, threshold in [*named, *shares]
    )


def _from(band: RiskBand) -> Text:
    return Text(en=f"{band.label.en} or above", es=f"{band.label.es} o más")


def _top(share: float) -> Text:
    return Text.of("highest {share:.0%}", "{share:.0%} más alto", share=share)


class Acting:
    """What comes of acting on some rows, as a statistic in the order of `_ACTED`.

    Args:
        positive: (rows,) whether the class occurred.
        acted: (rows,) whether the row is acted on.
    """

    def __init__(self, positive: NDArray[np.bool_], acted: NDArray[np.bool_]) -> None:
        columns = [acted, acted & positive, positive, ~acted & ~positive, ~positive]
        self._counted = np.column_stack(columns).astype(np.float64)

    def __call__(self, weights: Weights) -> NDArray[np.float64]:
        """Return (resamples, 4); NaN where nobody is acted on, or an outcome lacks."""
        acted, caught, positive, spared, negative = (weights @ self._counted).T
        with np.errstate(invalid="ignore"):
            alerts = 100 * acted / weights.sum(axis=1)
            return np.column_stack([alerts, caught / acted, caught / positive, spared / negative])
