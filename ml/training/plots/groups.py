"""Figures of groups of patients, and of growing data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import NullLocator

from ml.training.plots.canvas import MODEL, MUTED, OTHER, canvas, to_png

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml.bundle import Interval
    from ml.bundle.evaluation import LearningPoint, Subgroup


def forest(
    found: Sequence[Subgroup], metrics: Mapping[str, Interval], labels: Mapping[str, str]
) -> bytes:
    """Draw the AUROC of every group with its interval.

    Args:
        found: the groups; those without figures are left out.
        metrics: of all rows.
        labels: what a column is called, by its name.
    """
    shown = [group for group in found if "auroc" in group.metrics]
    figure, axes = canvas("AUROC by group", 7.2, 1.8 + 0.34 * len(shown))
    places = np.arange(len(shown))[::-1]
    values = np.array([group.metrics["auroc"].value for group in shown])
    reach = np.array(
        [
            values - [group.metrics["auroc"].low for group in shown],
            [group.metrics["auroc"].high for group in shown] - values,
        ]
    )
    whole = metrics["auroc"]
    axes.axvspan(whole.low, whole.high, color=MODEL, alpha=0.12, linewidth=0)
    axes.axvline(whole.value, color=MODEL, linewidth=1, label=f"all rows ({whole.value:.3f})")
    axes.errorbar(
        values,
        places,
        xerr=np.maximum(reach, 0),
        fmt="s",
        color="#1d2733",
        markersize=5,
        elinewidth=1.2,
        capsize=3,
    )
    names = [f"{labels[g.column]}: {g.label.en}  ({g.rows})" for g in shown]
    axes.set_yticks(places, names, fontsize=9)
    axes.axvline(0.5, color=MUTED, linestyle="--", linewidth=1, label="chance")
    axes.set(xlabel="AUROC, with 95 % interval (test rows in brackets)")
    axes.set_ylim(-0.7, len(shown) - 0.3)
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return to_png(figure)


def learning(points: Sequence[LearningPoint]) -> bytes:
    """Draw the log-loss over the number of rows learned from."""
    figure, axes = canvas("Learning curve", 6.4, 4.6)
    rows = [point.rows for point in points]
    axes.plot(
        rows,
        [point.validation for point in points],
        color=MODEL,
        marker="o",
        linewidth=2,
        label="validation rows",
    )
    axes.plot(
        rows,
        [point.training for point in points],
        color=OTHER,
        marker="o",
        linewidth=1.3,
        label="rows learned from",
    )
    axes.set_xscale("log")
    axes.set_xticks(rows, [f"{row:,}" for row in rows])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel="rows learned from", ylabel="log-loss, less is better")
    axes.legend(frameon=False)
    return to_png(figure)
