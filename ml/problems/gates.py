"""What a problem demands of a model before it may be promoted."""

from __future__ import annotations

import msgspec

from ml.problems.text import Text


class Bound(msgspec.Struct, frozen=True):
    """The range that a measured value must lie in, both ends included."""

    minimum: float | None = None
    maximum: float | None = None

    def holds(self, value: float) -> bool:
        """Tell whether a value lies in the range; what is not a number never does."""
        above = self.minimum is None or value >= self.minimum
        below = self.maximum is None or value <= self.maximum
        return value == value and above and below  # noqa: PLR0124 # NaN differs from itself


class Group(msgspec.Struct, frozen=True):
    """Values of a category that are looked at together."""

    label: Text
    values: frozenset[str]


class Subgrouping(msgspec.Struct, frozen=True, kw_only=True):
    """A column by which a model is looked at, group by group.

    Args:
        column: an input of the problem.
        groups: of a category's values; each value is a group of its own where empty.
        starts: of a number, the lowest value of each band, lowest first.
    """

    column: str
    groups: tuple[Group, ...] = ()
    starts: tuple[float, ...] = ()


def _bounds() -> dict[str, Bound]:
    return {
        "brier_skill": Bound(minimum=0.0),
        "calibration_slope": Bound(0.8, 1.25),
        "calibration_intercept": Bound(-0.25, 0.25),
        "ece_mass": Bound(maximum=0.05),
    }


def _margins() -> dict[str, float]:
    return {"auroc": 0.02, "log_loss": 0.01}


class Gates(msgspec.Struct, frozen=True, kw_only=True):
    """The gates between a trained model and production.

    Args:
        bounds: for each metric the range that its value on the test part must lie in.
        margins: for each metric how much worse than the production model's, on the same
            rows, a candidate's may be and still count as not worse.
        subgroup_rows: groups of fewer test rows are not looked at, nor told about.
        subgroup_outcomes: the same for fewer rows of any outcome.
        subgroup_auroc: the AUROC that every group must reach.
        subgroup_gap: how far the mean risk of a group may be from its outcome rate.
        subgroup_margin: how much lower than the production model's the AUROC of a group
            may be.
        suspect_auroc: an AUROC above this is a suspected leak.
        suspect_share: one input with more than this share of all that moves the risks is a
            suspected leak.
        rate_change: by what factor the outcome rate of new rows may differ from that of
            the rows that the production model knew.
        new_rows_drop: how much worse the production model may rank new rows than those it
            knew.
        latency_milliseconds: the longest that one record may take, in the median.
        bundle_megabytes: the largest bundle.
    """

    bounds: dict[str, Bound] = msgspec.field(default_factory=_bounds)
    margins: dict[str, float] = msgspec.field(default_factory=_margins)
    subgroup_rows: int = 200
    subgroup_outcomes: int = 20
    subgroup_auroc: float = 0.5
    subgroup_gap: float = 0.05
    subgroup_margin: float = 0.03
    suspect_auroc: float = 0.99
    suspect_share: float = 0.8
    rate_change: float = 1.25
    new_rows_drop: float = 0.03
    latency_milliseconds: float = 25.0
    bundle_megabytes: float = 64.0
