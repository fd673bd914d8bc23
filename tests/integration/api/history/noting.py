"""Predictions to note, without a model: what the history keeps does not depend on one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from api.history.history import History
from api.history.rows import Origin
from ml.bundle import LoadedModel, Prediction
from tests import toy


class Named:
    """What the history knows of a model."""

    digest = "d" * 64
    data = "synthetic"


MODEL = ("1", cast("LoadedModel", Named()))


def note(
    history: History, records: Sequence[Mapping[str, Any]], request_id: str = "r-1"
) -> list[str]:
    """Note one request's records, whose risks are 1/3 and a bit."""
    risk = 1 / 3 + np.arange(len(records), dtype=np.float64) * 1e-9
    prediction = Prediction(
        probabilities=np.stack([1 - risk, risk], axis=1),
        risk=risk,
        predicted=[toy.problem.target.named[0]] * len(records),
        missing=[("days",)] * len(records),
        warnings=[()] * len(records),
        bands=[toy.problem.bands[0]] * len(records),
        ignored=("person",) if any("person" in record for record in records) else (),
    )
    origin = Origin(request_id, "somebody", time.perf_counter())
    return history.note(origin, toy.problem, MODEL, records, prediction)
