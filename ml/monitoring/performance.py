"""Live performance: risks beside what happened, where that is due and known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.monitoring.answered import UNKNOWN
from ml.monitoring.report import Performance
from ml.training.evaluation.metrics import measure, views

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ml.bundle import Interval
    from ml.monitoring.answered import Judged
    from ml.problems.monitoring import Monitoring
    from ml.settings import Settings


def performance(
    judged: Judged, classes: Sequence[str], policy: Monitoring, settings: Settings
) -> tuple[Performance, ...]:
    """Return how all that was answered did, then each version.

    Args:
        judged: predictions whose outcome is due.
        classes: names of the classes, in order.
        policy: declares how few outcomes are too few.
        settings: seed and bootstrap replicates.
    """
    everything = np.ones(len(judged.versions), dtype=bool)
    chosen = {"": everything} | {
        str(version): judged.versions == version for version in np.unique(judged.versions)
    }
    return tuple(
        _of(version, judged.only(rows), classes, policy, settings)
        for version, rows in chosen.items()
    )


def _of(
    version: str, judged: Judged, classes: Sequence[str], policy: Monitoring, settings: Settings
) -> Performance:
    known = judged.only(judged.outcomes != UNKNOWN)
    due, count = len(judged.outcomes), len(known.outcomes)
    counts = np.bincount(known.outcomes, minlength=len(classes))
    if count < policy.minimum_outcomes or counts.min() < policy.minimum_class:
        return Performance(version=version, due=due, known=count)
    by_class = {
        classes[index]: _measured(known, happened.astype(np.int64), risk, settings)
        for index, happened, risk in views(known.outcomes, known.probabilities)
    }
    many = len(classes) > 2
    metrics = (
        measure(
            known.outcomes,
            known.probabilities,
            known.groups,
            settings.bootstrap_replicates,
            settings.seed,
        )
        if many
        else by_class[classes[-1]]
    )
    return Performance(version=version, due=due, known=count, metrics=metrics, by_class=by_class)


def _measured(
    known: Judged, happened: NDArray[np.int64], risk: NDArray[np.float64], settings: Settings
) -> dict[str, Interval]:
    """Return the metrics of one class against the rest."""
    both = np.column_stack([1 - risk, risk])
    return measure(happened, both, known.groups, settings.bootstrap_replicates, settings.seed)
