"""Figures of an evaluated model, as PNG images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.training.plots.curves import calibration, decision, precision_recall, roc
from ml.training.plots.groups import forest, learning
from ml.training.plots.shap_summary import shap_summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from ml.bundle import Evaluation, Interval
    from ml.problems.problem import Problem

__all__ = ["figures"]


def figures(
    problem: Problem,
    metrics: Mapping[str, Interval],
    found: Evaluation,
    explained: tuple[pa.Table, NDArray[np.float64]],
) -> Iterator[tuple[str, str, bytes]]:
    """Yield each figure's file name, its caption, and the image.

    Args:
        problem: declares the labels.
        metrics: the headline metrics.
        found: the other findings.
        explained: some records, and (records, input columns) what moved their log-odds.
    """
    for name, of_class in found.classes.items():
        several = len(found.classes) > 1
        label = f": {problem.target.labels[name].en}" if several else ""
        end = f"_{name}" if several else ""
        yield f"roc{end}", f"ROC curve{label}", roc(of_class, metrics)
        yield (
            f"precision_recall{end}",
            f"Precision and recall{label}",
            precision_recall(of_class, metrics),
        )
        yield f"calibration{end}", f"Calibration{label}", calibration(of_class, metrics)
        yield f"decision_curve{end}", f"Decision curve{label}", decision(of_class)
    if any(group.metrics for group in found.subgroups):
        labels = {column.name: column.label.en for column in problem.inputs}
        yield "subgroups", "AUROC by group", forest(found.subgroups, metrics, labels)
    records, contributions = explained
    yield (
        "shap_summary",
        "What moves the risk (SHAP values)",
        shap_summary(problem.inputs, records, contributions),
    )
    if found.learning:
        yield "learning_curve", "Learning curve", learning(found.learning)
