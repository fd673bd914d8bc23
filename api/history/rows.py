"""The rows of the history as they travel through the spool: one JSON object a line."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeAlias
from uuid import uuid4

import msgspec

Channel: TypeAlias = Literal["production", "shadow", "ab"]

PREDICTION_ID = "^[0-9a-f]{38}$"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 2**64 - 1
_LONGEST_KEY = 128


class PredictionRow(msgspec.Struct, frozen=True, tag_field="table", tag="prediction"):
    """One prediction; the fields are the columns of the table `prediction`."""

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
    probabilities: list[float]
    missing: tuple[str, ...]
    inputs: Mapping[str, Any] | msgspec.Raw
    predicted: str | None = None  # lines that an earlier release has spooled lack it


class AuditRow(msgspec.Struct, frozen=True, tag_field="table", tag="audit"):
    """What somebody did to a model; the fields are the columns of the table `audit`."""

    id: str
    time: datetime
    caller: str
    action: str
    problem: str
    model_version: str
    model_digest: str
    detail: str


Row: TypeAlias = PredictionRow | AuditRow


class Origin(NamedTuple):
    """Where a request comes from.

    Args:
        request_id: as the request carries it; a caller may use one twice.
        caller: an opaque name of who asks.
        started: `time.perf_counter()` when the request came in.
    """

    request_id: str
    caller: str
    started: float


class Ids:
    """Makes the ids of one process: unique everywhere, and in the order of time.

    An id is 16 hexadecimal digits of nanoseconds since 1970, 8 of this process, 8 of a
    counter; `record_id` adds 6 of the record's index. The request's own id would not do:
    the caller chooses it and may send it again.
    """

    def __init__(self) -> None:
        self._worker = uuid4().hex[:8]
        self._count = itertools.count()

    def new(self) -> tuple[str, datetime]:
        """Return a new id and its time (UTC, microseconds)."""
        now = time.time_ns()
        head = f"{now:016x}{self._worker}{next(self._count) & 0xFFFFFFFF:08x}"
        return head, _EPOCH + timedelta(microseconds=now // 1000)


def record_id(head: str, index: int) -> str:
    """Return the id of the record at `index` of the request with the id `head`."""
    return f"{head}{index:06x}"


def moment_of(prediction_id: str) -> datetime:
    """Return when the prediction of an id was made, which is its time in the history."""
    return _EPOCH + timedelta(microseconds=int(prediction_id[:16], 16) // 1000)


def first_id_at(moment: datetime) -> str:
    """Return what every id made at `moment` or later is not less than."""
    nanoseconds = (moment - _EPOCH) // timedelta(microseconds=1) * 1000
    return f"{min(max(0, nanoseconds), _LATEST):016x}"


def patient_key(value: object) -> str | None:
    """Return the patient key of a record as text.

    A text or a whole number of at most 128 characters is a key; tables with gaps hold whole
    numbers as 17.0. Anything else is no key of a register, and is not kept.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    key = str(value)
    return key if 0 < len(key) <= _LONGEST_KEY and key.isprintable() else None
