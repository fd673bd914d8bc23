"""Figures of one class's risk: ROC, precision and recall, calibration, decision curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.training.plots.canvas import GOOD, MODEL, MUTED, OTHER, canvas, to_png

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml.bundle import Interval
    from ml.bundle.evaluation import ClassEvaluation


def roc(found: ClassEvaluation, metrics: Mapping[str, Interval]) -> bytes:
    """Draw the ROC curve."""
    figure, axes = canvas("ROC curve", 5.6, 5.4)
    axes.plot([0, 1], [0, 1], color=MUTED, linestyle="--", linewidth=1, label="chance")
    axes.plot(found.roc.x, found.roc.y, color=MODEL, linewidth=2, label=_named("AUROC", metrics))
    axes.set(xlabel="false positive rate", ylabel="true positive rate", aspect="equal")
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    axes.legend(loc="lower right", frameon=False)
    return to_png(figure)


def precision_recall(found: ClassEvaluation, metrics: Mapping[str, Interval]) -> bytes:
    """Draw precision over recall."""
    figure, axes = canvas("Precision and recall", 5.6, 5.4)
    line = found.precision_recall
    rate = line.y[-1]  # where all are acted on
    axes.axhline(rate, color=MUTED, linestyle="--", linewidth=1, label=f"chance ({rate:.3f})")
    axes.plot(line.x, line.y, color=MODEL, linewidth=2, label=_named("AUPRC", metrics))
    # The first few alerts say little, and would squeeze the rest.
    settled = [y for x, y in zip(line.x, line.y, strict=True) if x >= 0.02]
    axes.set(xlabel="recall", ylabel="precision", xlim=(-0.01, 1.01))
    axes.set_ylim(0, min(1.02, 1.25 * max(settled)))
    axes.legend(loc="upper right", frameon=False)
    return to_png(figure)


def calibration(found: ClassEvaluation, metrics: Mapping[str, Interval]) -> bytes:
    """Draw outcome rates over risks, in tenths of the rows."""
    figure, axes = canvas("Calibration, in tenths of the rows", 5.6, 5.4)
    risks = np.array([each.risk for each in found.calibration])
    rates = np.array([each.rate.value for each in found.calibration])
    low = rates - [each.rate.low for each in found.calibration]
    high = [each.rate.high for each in found.calibration] - rates
    end = 1.06 * max(float((rates + high).max()), float(risks.max()))
    axes.plot([0, end], [0, end], color=MUTED, linestyle="--", linewidth=1, label="right")
    axes.errorbar(
        risks,
        rates,
        yerr=np.maximum([low, high], 0),
        color=MODEL,
        marker="o",
        markersize=5,
        linewidth=1.5,
        elinewidth=1,
        capsize=3,
        label="model, with 95 % intervals",
    )
    parts = [("slope", "calibration_slope"), ("intercept", "calibration_intercept")]
    told = [f"{name} {metrics[key].value:.2f}" for name, key in parts if key in metrics]
    axes.text(0.98, 0.04, "\n".join(told), transform=axes.transAxes, ha="right", color="#516070")
    axes.set(xlabel="mean risk", ylabel="outcome rate", xlim=(0, end), ylim=(0, end))
    axes.set_aspect("equal")
    axes.legend(loc="upper left", frameon=False)
    return to_png(figure)


def decision(found: ClassEvaluation) -> bytes:
    """Draw net benefit over thresholds of risk."""
    figure, axes = canvas("Decision curve", 6.4, 5.0)
    thresholds = [100 * each.threshold for each in found.decision]
    axes.fill_between(
        thresholds,
        [100 * each.model.low for each in found.decision],
        [100 * each.model.high for each in found.decision],
        color=MODEL,
        alpha=0.15,
        linewidth=0,
    )
    everybody = [100 * each.everybody for each in found.decision]
    model = [100 * each.model.value for each in found.decision]
    axes.plot(thresholds, model, color=MODEL, linewidth=2, label="act by the model")
    axes.plot(thresholds, everybody, color=OTHER, linewidth=1.3, label="act on everybody")
    axes.axhline(0, color=GOOD, linewidth=1.3, label="act on nobody")
    top = max(*model, *everybody)
    axes.set(xlabel="threshold of risk in %", ylabel="net benefit, true positives in 100 patients")
    axes.set_ylim(-0.15 * top, 1.1 * top)
    axes.legend(frameon=False)
    return to_png(figure)


def _named(name: str, metrics: Mapping[str, Interval]) -> str:
    interval = metrics[name.lower()]
    return f"{name} {interval.value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"
