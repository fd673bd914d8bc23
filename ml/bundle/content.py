"""The parts of a bundle and the files they live in."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from ml.bundle.calibrator import Calibrator
from ml.bundle.evaluation import Evaluation, Interval
from ml.bundle.kinds import Model
from ml.bundle.schema import Schema
from ml.features import FeatureMap
from ml.problems.text import Text

FORMAT = 4
# Format 3 has the model card in English alone.
READABLE = (3, FORMAT)
MANIFEST = "manifest.json"
CARD = "card.md"
SPANISH_CARD = "card_es.md"


class Probe(msgspec.Struct, frozen=True):
    """A synthetic record and the risk that the model must give it."""

    record: dict[str, str | int | float | None]
    risk: float


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a bundle holds.

    Args:
        data: whether the model learned from real or synthetic rows.
        schema: the problem.
        features: the fitted feature map.
        model: its members and how they are added up.
        boosters: the members' trees in XGBoost's native binary JSON, by the name of the file.
        calibrator: from margins to probabilities.
        metrics: on the untouched test part, by name.
        evaluation: what else was found out there.
        rows: numbers of rows by part; `raw` counts what was ingested.
        lineage: what the model came from: source, data hash, seed, code digest.
        background: mean of every model input on the training part, for explanations; 0 where
            no row knows it.
        drift: reference distributions of the training part, by column.
        probes: records that a loaded model must answer as recorded.
        card: the model card in Markdown; the English one twice where no Spanish one was written.
    """

    data: Literal["real", "synthetic"]
    schema: Schema
    features: FeatureMap
    model: Model
    boosters: dict[str, bytes]
    calibrator: Calibrator
    metrics: dict[str, Interval]
    evaluation: Evaluation = Evaluation()
    rows: dict[str, int]
    lineage: dict[str, Any]
    background: dict[str, float]
    drift: dict[str, Any]
    probes: tuple[Probe, ...]
    card: Text


# The parts that are stored as one JSON file each, and their types.
JSON_PARTS: dict[str, Any] = {
    "schema": Schema,
    "features": FeatureMap,
    "model": Model,
    "calibrator": Calibrator,
    "metrics": dict[str, Interval],
    "evaluation": Evaluation,
    "rows": dict[str, int],
    "lineage": dict[str, Any],
    "background": dict[str, float],
    "drift": dict[str, Any],
    "probes": tuple[Probe, ...],
}
