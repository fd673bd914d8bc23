"""What the API says of a model, its versions, and how it is used."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ml.problems.text import Text
from ui.answers import Model


class Interval(msgspec.Struct, frozen=True):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class Bin(msgspec.Struct, frozen=True):
    """Test rows of similar risk: how many, their mean risk, and how often the outcome came."""

    rows: int
    risk: float
    rate: Interval


class OperatingPoint(msgspec.Struct, frozen=True):
    """What comes of acting from a threshold of risk on."""

    label: Text
    threshold: float
    values: dict[str, Interval]


class ClassEvaluation(msgspec.Struct, frozen=True):
    """How well the risk of one class does on the test part."""

    calibration: tuple[Bin, ...] = ()
    operating_points: tuple[OperatingPoint, ...] = ()


class Subgroup(msgspec.Struct, frozen=True):
    """How well a model does for some of the patients; `rows` is `None` for too few of them."""

    column: str
    label: Text
    rows: int | None
    metrics: dict[str, Interval]


class Evaluation(msgspec.Struct, frozen=True):
    """What was found on the test part beside the metrics."""

    classes: dict[str, ClassEvaluation] = {}
    subgroups: tuple[Subgroup, ...] = ()


class Failure(msgspec.Struct, frozen=True):
    """Which newer version could not be put into service."""

    version: str


class ModelInfo(Model, frozen=True, kw_only=True):
    """What is served for one problem; older models have no `evaluation`."""

    problem: str
    stage: str = ""
    loaded_at: datetime | None = None
    metrics: dict[str, Interval] = msgspec.field(default_factory=dict)
    rows: dict[str, int] = msgspec.field(default_factory=dict)
    card: Text | None = None
    registry: str = "reachable"
    last_failure: Failure | None = None
    evaluation: Evaluation | None = None


class Decision(msgspec.Struct, frozen=True):
    """What the gates said of a version; of old, they spoke English alone, which stands for both."""

    passed: bool
    reason: Text
    at: datetime


class KnownVersion(msgspec.Struct, frozen=True):
    """One version of a model."""

    version: str
    stage: str
    data: str
    created: datetime
    metrics: dict[str, float]
    decision: Decision | None = None


class Versions(msgspec.Struct, frozen=True):
    """The versions of a model, the newest first."""

    versions: tuple[KnownVersion, ...]


class Day(msgspec.Struct, frozen=True):
    """What was answered on one day (UTC)."""

    day: str
    predictions: int
    mean_risk: float
    mean_missing: float


class Judged(msgspec.Struct, frozen=True):
    """Predictions whose outcome is known: what was said, and how often it came."""

    predictions: int
    mean_risk: float
    rate: float
    low: float
    high: float


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """A model's predictions of some days, counted."""

    days: int
    predictions: int
    by_day: tuple[Day, ...]
    by_band: dict[str, int]
    by_predicted: dict[str, int] = {}
    missing: dict[str, int]
    feedback: dict[str, int]
    outcomes: Judged | None
    outcomes_by_band: dict[str, Judged]
    outcomes_by_predicted: dict[str, Judged] = {}
    auroc: float | None = None
    brier: float | None = None
