"""What the history's routes answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from api.history.rows import Channel


class StoredOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What really happened; of several revisions the last one is valid."""

    prediction_id: str
    revision: int
    outcome: str
    observed_at: datetime
    caller: str
    time: datetime


Opinion: TypeAlias = Literal["agree", "disagree", "override"]


class StoredFeedback(msgspec.Struct, frozen=True, kw_only=True):
    """What a clinician thinks of a prediction; several may say so, each more than once.

    `band` or, for a problem without bands, `predicted` is the clinician's own judgement, there
    only where the model's is overridden.
    """

    prediction_id: str
    revision: int
    verdict: Opinion
    band: str | None
    predicted: str | None
    reason: str
    caller: str
    time: datetime


class StoredPrediction(msgspec.Struct, frozen=True, kw_only=True):
    """A prediction as it was answered, with the outcomes and opinions reported since."""

    id: str
    request_id: str
    record_index: int
    problem: str
    channel: Channel
    model_version: str
    model_digest: str
    data: str
    caller: str
    patient: str | None
    time: datetime
    latency_ms: float
    risk: float
    band: str
    predicted: str | None
    probabilities: list[float]
    missing: list[str]
    inputs: dict[str, Any]
    outcomes: list[StoredOutcome]
    feedback: list[StoredFeedback]


class Page(msgspec.Struct, frozen=True):
    """Predictions, newest first.

    `next` is the cursor of the page that follows, null on the last one; `total` counts all
    that the filters let through; up to `pending` predictions are still on their way here.
    """

    predictions: list[StoredPrediction]
    total: int
    pending: int
    next: str | None


class Outcomes(msgspec.Struct, frozen=True):
    """The valid outcome of each prediction, in the order of the request.

    `recorded` counts the new ones; what was known already is not recorded twice.
    """

    outcomes: list[StoredOutcome]
    recorded: int
