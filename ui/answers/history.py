"""What the API says of earlier predictions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class StoredOutcome(msgspec.Struct, frozen=True):
    """What really happened; of several the last one is valid."""

    outcome: str
    observed_at: datetime
    caller: str


class StoredFeedback(msgspec.Struct, frozen=True):
    """What somebody thinks of a prediction."""

    verdict: str
    reason: str
    caller: str
    time: datetime
    band: str | None = None
    predicted: str | None = None


class StoredPrediction(msgspec.Struct, frozen=True, kw_only=True):
    """A prediction as it was answered, and what came after it."""

    id: str
    channel: str
    model_version: str
    data: str
    caller: str
    patient: str | None
    time: datetime
    risk: float
    band: str
    missing: tuple[str, ...]
    inputs: dict[str, Any]
    predicted: str | None = None
    probabilities: tuple[float, ...] = ()
    outcomes: tuple[StoredOutcome, ...] = ()
    feedback: tuple[StoredFeedback, ...] = ()


class Page(msgspec.Struct, frozen=True):
    """Predictions, newest first; `next` leads to the older ones."""

    predictions: tuple[StoredPrediction, ...]
    total: int
    pending: int
    next: str | None


class Recorded(msgspec.Struct, frozen=True):
    """How many outcomes were new."""

    recorded: int
