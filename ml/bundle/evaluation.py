"""What was found out about a model on the test part, beside its headline metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ml.problems.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Interval(msgspec.Struct, frozen=True):
    """A metric with its 95 % interval."""

    value: float
    low: float
    high: float


class Line(msgspec.Struct, frozen=True):
    """Points of a curve, in order of `x`."""

    x: tuple[float, ...]
    y: tuple[float, ...]


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """A tenth of the rows, by risk.

    Args:
        rows: how many.
        risk: their mean risk.
        rate: how often the outcome occurred.
    """

    rows: int
    risk: float
    rate: Interval


class NetBenefit(msgspec.Struct, frozen=True, kw_only=True):
    """What it is worth to act at a threshold of risk, in true positives for each row.

    Args:
        threshold: who has at least this risk is acted on.
        model: net benefit of acting by the model.
        everybody: of acting on everybody; acting on nobody has none.
    """

    threshold: float
    model: Interval
    everybody: float


class OperatingPoint(msgspec.Struct, frozen=True, kw_only=True):
    """What comes of acting from a threshold of risk on.

    Args:
        label: where the threshold comes from.
        threshold: who has at least this risk is acted on.
        values: `alerts_per_100`, `precision`, `recall` and `specificity`.
    """

    label: Text
    threshold: float
    values: dict[str, Interval]


class ClassEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """How well the risk of one class does.

    Args:
        roc: true positive rate (y) over false positive rate (x).
        precision_recall: precision (y) over recall (x).
        calibration: tenths of the rows, lowest risk first.
        decision: net benefit over thresholds.
        operating_points: at the risk bands and at shares of the rows.
    """

    roc: Line
    precision_recall: Line
    calibration: tuple[Bin, ...]
    decision: tuple[NetBenefit, ...]
    operating_points: tuple[OperatingPoint, ...]


class Subgroup(msgspec.Struct, frozen=True, kw_only=True):
    """How well a model does for some of the patients.

    Args:
        column: the column that tells them.
        label: its value, or values.
        rows: how many test rows; `None` where they are too few to be told about.
        metrics: of these rows; empty where they are too few.
    """

    column: str
    label: Text
    rows: int | None
    metrics: dict[str, Interval]


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """The largest difference of a metric between two groups of a column.

    Args:
        column: the column that tells the groups.
        metric: what differs.
        highest: the group with the highest value.
        lowest: the group with the lowest value.
        difference: between these two.
    """

    column: str
    metric: str
    highest: Text
    lowest: Text
    difference: Interval


class LearningPoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a fit on some of the training rows reaches.

    Args:
        rows: how many.
        training: log-loss on those rows.
        validation: log-loss on the validation part.
    """

    rows: int
    training: float
    validation: float


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How the risks of a class are spread on the test part: what they drift from later.

    Args:
        edges: inner edges of the bins, which hold about as many rows each.
        counts: rows in each bin; one more than there are edges.
        mean: of the risks.
        share: of the rows for which the class is the most probable one.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    mean: float
    share: float

    def counted(self, risk: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (bins,) how many of some risks lie in each bin."""
        return spread_over(risk, np.array(self.edges))


def spread_over(risk: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (edges + 1,) how many risks lie between the edges; one at an edge lies above it."""
    places = np.searchsorted(edges, risk, side="right")
    return np.bincount(places, minlength=edges.size + 1).astype(np.float64)


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The findings, without a row of any patient.

    Args:
        classes: by name, those that a risk is about: the last of two, all of more.
        subgroups: by each declared column.
        gaps: between the subgroups of each column.
        learning: the learning curve, from few rows to all; empty where nobody drew it.
        risks: how risks are spread, by class as in `classes`; empty in older bundles.
    """

    classes: dict[str, ClassEvaluation] = {}
    subgroups: tuple[Subgroup, ...] = ()
    gaps: tuple[Gap, ...] = ()
    learning: tuple[LearningPoint, ...] = ()
    risks: dict[str, Spread] = {}
