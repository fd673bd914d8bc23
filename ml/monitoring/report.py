"""What one look at a model in service has found."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from ml.bundle.evaluation import Interval
from ml.problems.text import Text


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """How far a distribution is from its reference.

    Args:
        psi: population stability index.
        critical: what chance alone exceeds once in a thousand looks.
        drifted: whether the index exceeds both this and the declared bound.
    """

    psi: float
    critical: float
    drifted: bool


class InputDrift(msgspec.Struct, frozen=True, kw_only=True):
    """How an input has changed.

    Args:
        input: its name.
        known: how many predictions of the window had a value.
        missing_before: share of the training rows without a value.
        missing_now: share of the window's predictions without one.
        values: of the known values; `None` where one of both sides has too few.
        drifted: whether values or missing share have changed beyond the declared bounds.
    """

    input: str
    known: int
    missing_before: float
    missing_now: float
    values: Drift | None
    drifted: bool


class ClassDrift(msgspec.Struct, frozen=True, kw_only=True):
    """How the probabilities of one class have changed.

    Args:
        name: the class.
        mean_before: their mean on the test part.
        mean_now: their mean in the window.
        share_before: how often the class was the most probable one, on the test part.
        share_now: the same in the window.
        risks: of the probabilities.
    """

    name: str
    mean_before: float
    mean_now: float
    share_before: float
    share_now: float
    risks: Drift


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """How well risks did where the outcome is due and known.

    Args:
        version: of which version; empty for all that was answered.
        due: predictions whose outcome is due.
        known: those of them with an outcome.
        metrics: with 95 % intervals; of more than two classes means over each against the
            rest. Empty where too few outcomes are known.
        by_class: the same for each class that a risk is about.
    """

    version: str
    due: int
    known: int
    metrics: dict[str, Interval] = {}
    by_class: dict[str, dict[str, Interval]] = {}


Kind: TypeAlias = Literal["inputs", "predictions", "auroc", "calibration"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Why the policy asks for a training.

    Args:
        kind: what has changed.
        about: the inputs, the class or the metric.
        value: what was measured.
        limit: the declared bound that it exceeds.
        sentence: for a person.
    """

    kind: Kind
    about: tuple[str, ...]
    value: float
    limit: float
    sentence: Text


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Whether to train anew.

    Args:
        retrain: whether a training is asked for now.
        findings: why.
        cooling_since: when the last training was asked for, where that was too recently to
            ask again.
        undecided: what there was too little of to decide by.
    """

    retrain: bool
    findings: tuple[Finding, ...] = ()
    cooling_since: datetime | None = None
    undecided: tuple[Text, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One look.

    Args:
        problem: whose model.
        version: in production at that time.
        digest: of its bundle.
        data: whether it learned from real or synthetic rows.
        dag_run: who looked.
        since: where the window begins; it ends at `until`.
        until: the moment that the look is about.
        due_since: where the predictions begin that performance is about.
        due_until: where they end: later ones have no outcome yet.
        predictions: how many were answered in the window.
        examined: how many of them were looked at.
        of_version: how many of those the version in production made.
        inputs: drift by input.
        classes: drift of what the version in production predicts.
        offline: its metrics on the test part.
        performance: of all that was answered, then by version.
        decision: what follows.
    """

    problem: str
    version: str
    digest: str
    data: str
    dag_run: str
    since: datetime
    until: datetime
    due_since: datetime
    due_until: datetime
    predictions: int
    examined: int
    of_version: int
    inputs: tuple[InputDrift, ...]
    classes: tuple[ClassDrift, ...]
    offline: dict[str, Interval]
    performance: tuple[Performance, ...]
    decision: Decision
