"""Drift of what a model predicts, beside what it predicted on its test part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.bundle.evaluation import Spread
from ml.monitoring.drift import drift
from ml.monitoring.report import ClassDrift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.bundle import LoadedModel
    from ml.problems.monitoring import Monitoring


def predictions(
    model: LoadedModel, probabilities: NDArray[np.float64], policy: Monitoring
) -> tuple[ClassDrift, ...]:
    """Return the drift of each class that a risk is about.

    Args:
        model: in production.
        probabilities: (predictions, classes), made by that model.
        policy: declares the bounds.

    Returns:
        Nothing where there are no predictions, or the bundle, being older, has no reference.
    """
    if not len(probabilities):
        return ()
    names = list(model.schema.target.classes)
    chosen = np.bincount(probabilities.argmax(axis=1), minlength=len(names)) / len(probabilities)
    return tuple(
        _of_class(
            name,
            spread,
            (probabilities[:, names.index(name)], float(chosen[names.index(name)])),
            policy,
        )
        for name, spread in model.evaluation.risks.items()
    )


def _of_class(
    name: str, spread: Spread, now: tuple[NDArray[np.float64], float], policy: Monitoring
) -> ClassDrift:
    risk, share = now
    before = np.array(spread.counts, dtype=np.float64)
    return ClassDrift(
        name=name,
        mean_before=spread.mean,
        mean_now=float(risk.mean()),
        share_before=spread.share,
        share_now=share,
        risks=drift(before, spread.counted(risk), policy.psi),
    )
