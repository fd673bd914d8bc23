"""The SHAP summary: which inputs move the risks, how far, and in which direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.problems.contract import Number
from ml.training.plots.canvas import MUTED, canvas, to_png

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from ml.problems.contract import Input

_MOST = 15
_COLOURS = "coolwarm"


def shap_summary(
    columns: Sequence[Input], records: pa.Table, contributions: NDArray[np.float64]
) -> bytes:
    """Draw a dot for each row and input, the most important inputs on top.

    Lundberg et al., "From local explanations to global understanding with explainable AI
    for trees", Nature Machine Intelligence 2, 2020. Numbers are coloured by rank from low
    (blue) to high (red); categories, and what is missing, are grey.

    Args:
        columns: the inputs.
        records: the explained rows as texts.
        contributions: (rows, input columns), to the log-odds.
    """
    strongest = np.argsort(-np.abs(contributions).mean(axis=0))[:_MOST]
    figure, axes = canvas("What moves the risk (SHAP values)", 7.6, 1.6 + 0.36 * len(strongest))
    jitter = np.random.default_rng(0)
    for place, index in enumerate(strongest[::-1]):
        values = contributions[:, index]
        ranks = _ranks(columns[index], records)
        heights = place + jitter.uniform(-1, 1, len(values)) * _width(values)
        grey = np.isnan(ranks)
        axes.scatter(values[grey], heights[grey], s=5, color=MUTED, alpha=0.5, linewidths=0)
        axes.scatter(
            values[~grey],
            heights[~grey],
            s=5,
            c=ranks[~grey],
            cmap=_COLOURS,
            vmin=0,
            vmax=1,
            alpha=0.8,
            linewidths=0,
        )
    axes.axvline(0, color="#1d2733", linewidth=0.8)
    names = [columns[index].label.en for index in strongest[::-1]]
    axes.set_yticks(range(len(strongest)), names, fontsize=9)
    axes.set_ylim(-0.6, len(strongest) - 0.4)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(
        "contribution to the log-odds\n"
        "numbers: blue is low, red is high; categories and missing values are grey"
    )
    return to_png(figure)


def _ranks(column: Input, records: pa.Table) -> NDArray[np.float64]:
    """Return each row's rank between 0 and 1; NaN for what has no order or is missing."""
    if not isinstance(column, Number):
        return np.full(records.num_rows, np.nan)
    texts = records[column.name].to_pylist()
    values = np.array([np.nan if text is None else column.read(text) for text in texts])
    known = ~np.isnan(values)
    _, codes = np.unique(values[known], return_inverse=True)
    ranks = np.full(len(values), np.nan)
    ranks[known] = codes / max(1, int(codes.max(initial=0)))
    return ranks


def _width(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far dots may lie from their line: further where they are dense."""
    counts, edges = np.histogram(values, bins=60)
    dense = counts[np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(counts) - 1)]
    found: NDArray[np.float64] = 0.38 * np.sqrt(dense / max(1, int(counts.max())))
    return found
