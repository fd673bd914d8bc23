"""What the monitors have found about a model in service, as the API tells it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ml.problems.text import Text
from ui.answers.model import Interval


class Drift(msgspec.Struct, frozen=True):
    """How far a distribution is from its reference: the population stability index."""

    psi: float
    drifted: bool


class InputDrift(msgspec.Struct, frozen=True, kw_only=True):
    """How an input has changed; `values` is `None` where too few are known."""

    input: str
    missing_before: float
    missing_now: float
    values: Drift | None
    drifted: bool


class ClassDrift(msgspec.Struct, frozen=True, kw_only=True):
    """How the probabilities of one class have changed since the test part."""

    name: str
    mean_before: float
    mean_now: float
    risks: Drift


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """How well risks did where the outcome is due and known; no version stands for all."""

    version: str
    due: int
    known: int
    metrics: dict[str, Interval] = {}


class Finding(msgspec.Struct, frozen=True):
    """Why a training is asked for."""

    sentence: Text


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Whether to train anew, why, and what there was too little of to decide by."""

    retrain: bool
    findings: tuple[Finding, ...] = ()
    cooling_since: datetime | None = None
    undecided: tuple[Text, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a model in service."""

    version: str
    since: datetime
    until: datetime
    examined: int
    inputs: tuple[InputDrift, ...]
    classes: tuple[ClassDrift, ...]
    offline: dict[str, Interval] = {}
    performance: tuple[Performance, ...] = ()
    decision: Decision


class Monitored(msgspec.Struct, frozen=True):
    """The reports on a model, newest first; none where nobody has looked yet."""

    reports: tuple[Report, ...]
