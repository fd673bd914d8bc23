"""Metrics of predicted risks, with intervals from a bootstrap by patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    roc_auc_score,
)

from ml.bundle import Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Weights = NDArray[np.float64]
    Metric = Callable[[NDArray[np.int64], NDArray[np.float64], Weights], float]

_BINS = 10


def expected_calibration_error(
    outcomes: NDArray[np.int64], risk: NDArray[np.float64], weights: Weights
) -> float:
    """Return the ECE over ten bins of equal mass.

    Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", 2015,
    with bins of equal mass: the weighted mean distance between risk and outcome rate.
    """
    edges = np.quantile(risk, np.linspace(0, 1, _BINS + 1)[1:-1])
    bins = np.searchsorted(edges, risk, side="right")
    gap = np.bincount(bins, weights * (risk - outcomes), minlength=_BINS)
    return float(np.abs(gap).sum() / weights.sum())


METRICS: dict[str, Metric] = {
    "auroc": lambda y, p, w: float(roc_auc_score(y, p, sample_weight=w)),
    "auprc": lambda y, p, w: float(average_precision_score(y, p, sample_weight=w)),
    "brier": lambda y, p, w: float(brier_score_loss(y, p, sample_weight=w)),
    "log_loss": lambda y, p, w: float(log_loss(y, p, sample_weight=w)),
    "ece": expected_calibration_error,
}


def evaluate(
    outcomes: NDArray[np.int64],
    risk: NDArray[np.float64],
    groups: NDArray[np.str_],
    replicates: int,
    seed: int,
) -> dict[str, Interval]:
    """Return every metric with its 95 % percentile interval.

    The bootstrap resamples whole patients (Field and Welsh, "Bootstrapping clustered data",
    2007): rows of one patient are not independent of one another.

    Args:
        outcomes: (rows,) 0 or 1.
        risk: (rows,) predicted probability of 1.
        groups: (rows,) key of the patient.
        replicates: number of resamples.
        seed: seed of the resampling.
    """
    _, members = np.unique(groups, return_inverse=True)
    generator = np.random.default_rng(seed)
    drawn = [
        {name: metric(outcomes, risk, weights) for name, metric in METRICS.items()}
        for weights in _resamples(members, outcomes, replicates, generator)
    ]
    whole = np.ones(outcomes.size)
    return {
        name: _interval(metric(outcomes, risk, whole), [values[name] for values in drawn])
        for name, metric in METRICS.items()
    }


def _resamples(
    members: NDArray[np.intp],
    outcomes: NDArray[np.int64],
    replicates: int,
    generator: np.random.Generator,
) -> Iterator[Weights]:
    """Yield row weights of resamples that hold both outcomes, or no metric is defined."""
    patients = int(members.max()) + 1
    found = 0
    while found < replicates:
        counts = generator.multinomial(patients, np.full(patients, 1 / patients))
        weights = counts[members].astype(np.float64)
        if np.unique(outcomes[weights > 0]).size > 1:
            found += 1
            yield weights


def _interval(value: float, drawn: list[float]) -> Interval:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(value, float(low), float(high))
