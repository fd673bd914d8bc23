"""How well a model does for each group of patients, and how far groups are apart."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from ml.bundle.evaluation import Gap, Subgroup
from ml.training.evaluation.bootstrap import summary
from ml.training.evaluation.curves import Acting
from ml.training.evaluation.membership import members
from ml.training.evaluation.metrics import views
from ml.training.evaluation.ranking import Ranking

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ml.problems.problem import Problem
    from ml.training.evaluation.bootstrap import Bootstrap, Weights
    from ml.training.evaluation.membership import Members
    from ml.training.evaluation.metrics import Scored

GROUP_METRICS = (
    "auroc",
    "brier",
    "risk",
    "rate",
    "gap",
    "alerts_per_100",
    "recall",
    "false_alarms",
)
# What fairness is told by: equal ranking, calibration, alerts, opportunity, and false alarms
# (Hardt et al., "Equality of opportunity in supervised learning", NeurIPS 2016).
FAIRNESS = ("auroc", "gap", "alerts_per_100", "recall", "false_alarms")


class GroupMeasures:
    """The metrics of a group's rows as one statistic, means over the classes.

    An alert is a risk in the highest declared band, or of at least one half without bands.
    """

    def __init__(
        self, outcomes: NDArray[np.int64], probabilities: NDArray[np.float64], alert: float
    ) -> None:
        self._views = [
            (Ranking(y, p), Acting(y, p >= alert), np.column_stack([p, y, (p - y) ** 2]))
            for _, y, p in views(outcomes, probabilities)
        ]

    def __call__(self, weights: Weights) -> NDArray[np.float64]:
        """Return (resamples, metrics) in the order of `GROUP_METRICS`; NaN where undefined."""
        with np.errstate(invalid="ignore", divide="ignore"):
            found: NDArray[np.float64] = np.mean(
                [self._view(weights, *view) for view in self._views], axis=0
            )
        return found

    @staticmethod
    def _view(
        weights: Weights, ranking: Ranking, acting: Acting, means: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        auroc = ranking(weights)[:, 0]
        alerts, _, recall, specificity = acting(weights).T
        risk, rate, brier = (weights @ means).T / weights.sum(axis=1)
        return np.column_stack(
            [auroc, brier, risk, rate, risk - rate, alerts, recall, 1 - specificity]
        )


def large_enough(problem: Problem, outcomes: NDArray[np.int64]) -> bool:
    """Tell whether a group of rows may be looked at, and told about."""
    counts = np.bincount(outcomes, minlength=len(problem.target.classes))
    gates = problem.gates
    return len(outcomes) >= gates.subgroup_rows and counts.min() >= gates.subgroup_outcomes


def subgroups(
    problem: Problem, scored: Scored, bootstrap: Bootstrap
) -> tuple[tuple[Subgroup, ...], tuple[Gap, ...]]:
    """Return the model's metrics for every group, and the largest gaps of every column."""
    found: list[Subgroup] = []
    gaps: list[Gap] = []
    for _, of_column in groupby(members(problem, scored.records), key=attrgetter("column")):
        groups = tuple(of_column)
        values = [_values(problem, scored, bootstrap, group) for group in groups]
        found += [_told(group, value) for group, value in zip(groups, values, strict=True)]
        gaps += _gaps(groups, values)
    return tuple(found), tuple(gaps)


def _values(
    problem: Problem, scored: Scored, bootstrap: Bootstrap, group: Members
) -> NDArray[np.float64] | None:
    """Return (1 + replicates, metrics) of a group, `None` where it is too small."""
    rows = group.rows
    if not large_enough(problem, scored.outcomes[rows]):
        return None
    alert = problem.alert
    statistic = GroupMeasures(scored.outcomes[rows], scored.probabilities[rows], alert)
    return bootstrap.subset(rows).values(statistic)


def _told(group: Members, values: NDArray[np.float64] | None) -> Subgroup:
    return Subgroup(
        column=group.column,
        label=group.label,
        rows=None if values is None else len(group.rows),
        metrics={} if values is None else summary(GROUP_METRICS, values),
    )


def _gaps(groups: Sequence[Members], values: Sequence[NDArray[np.float64] | None]) -> Iterator[Gap]:
    """Yield, for each metric of fairness, the two groups that are furthest apart."""
    known = [
        (group, value) for group, value in zip(groups, values, strict=True) if value is not None
    ]
    for metric in FAIRNESS if len(known) > 1 else ():
        place = GROUP_METRICS.index(metric)
        told = [
            (value[:, place], group.label) for group, value in known if np.isfinite(value[0, place])
        ]
        if len(told) < 2:
            continue
        highest = max(told, key=lambda each: float(each[0][0]))
        lowest = min(told, key=lambda each: float(each[0][0]))
        apart = (highest[0] - lowest[0])[:, None]
        yield Gap(
            column=known[0][0].column,
            metric=metric,
            highest=highest[1],
            lowest=lowest[1],
            difference=summary([metric], apart)[metric],
        )
