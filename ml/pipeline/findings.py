"""What `dvc metrics` and `dvc plots` show of a trained bundle."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ml.pipeline.places import METRICS, PLOTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ml.bundle import Content, Evaluation

Points: TypeAlias = "tuple[str, Sequence[str], Iterable[Sequence[float]]]"


def write_findings(content: Content) -> None:
    """Write the metrics with their 95 % intervals, and a CSV of points for each figure."""
    measured = {"metrics": content.metrics, "rows": content.rows}
    _folder_of(METRICS)
    METRICS.write_bytes(msgspec.json.format(msgspec.json.encode(measured), indent=2) + b"\n")
    for name, header, points in _figures(content.evaluation):
        file = PLOTS / f"{name}.csv"
        _folder_of(file)
        with file.open("w", newline="") as sink:
            rows = csv.writer(sink, lineterminator="\n")
            rows.writerow(header)
            rows.writerows(points)


def _figures(evaluation: Evaluation) -> Iterator[Points]:
    for name, found in evaluation.classes.items():
        roc, recall = found.roc, found.precision_recall
        axes = ("false_positive_rate", "true_positive_rate")
        yield f"roc/{name}", axes, zip(roc.x, roc.y, strict=True)
        axes = ("recall", "precision")
        yield f"precision_recall/{name}", axes, zip(recall.x, recall.y, strict=True)
        bins = ((each.risk, each.rate.value) for each in found.calibration)
        yield f"calibration/{name}", ("risk", "rate"), bins
    learning = ((each.rows, each.training, each.validation) for each in evaluation.learning)
    yield "learning/log_loss", ("rows", "training", "validation"), learning


def _folder_of(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
