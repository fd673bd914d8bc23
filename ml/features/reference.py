"""Reference distributions of the training part, against which drift is measured later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.problems.contract import Number

if TYPE_CHECKING:
    from ml.problems.contract import Input
    from ml.problems.problem import Problem

# A rarer value is folded into the rest: a count of few patients could point at one of them.
_SMALLEST_COUNT = 20
_BINS = 10


def reference(problem: Problem, training: pa.Table) -> dict[str, Any]:
    """Return each input's distribution as JSON types: counts by bin or value, and missing."""
    return {column.name: _distribution(column, training[column.name]) for column in problem.inputs}


def _distribution(column: Input, values: pa.ChunkedArray[Any]) -> dict[str, Any]:
    known = values.drop_null()
    missing = values.null_count
    if isinstance(column, Number):
        return {"missing": missing, **_histogram(known.cast(pa.float64()).to_numpy())}
    counts = {
        value.as_py(): n.as_py() for value, n in zip(*pc.value_counts(known).flatten(), strict=True)
    }
    kept = {value: n for value, n in sorted(counts.items()) if n >= _SMALLEST_COUNT}
    return {"missing": missing, "counts": kept, "rest": len(known) - sum(kept.values())}


def _histogram(values: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, Any]:
    if values.size == 0:
        return {"edges": [], "counts": []}
    inner = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
    counts = np.bincount(np.searchsorted(inner, values, side="right"), minlength=inner.size + 1)
    return {"edges": inner.tolist(), "counts": counts.tolist()}
