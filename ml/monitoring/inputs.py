"""Drift of the inputs: what was asked about, beside what the model learned from."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ml.bundle.evaluation import spread_over
from ml.monitoring.drift import drift
from ml.monitoring.report import InputDrift
from ml.problems.contract import Category, Number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from ml.bundle import LoadedModel
    from ml.monitoring.answered import Asked
    from ml.problems.contract import Input
    from ml.problems.monitoring import Monitoring

# Of a vocabulary with hundreds of codes: more bins find less.
_MOST_VALUES = 19
_FEWEST = 50


class Sides(NamedTuple):
    """Counts by bin, and missing: of the reference, then of the window."""

    before: NDArray[np.float64]
    now: NDArray[np.float64]
    missing_before: float
    missing_now: float


def inputs(
    model: LoadedModel, asked: Sequence[Asked], policy: Monitoring
) -> tuple[InputDrift, ...]:
    """Return the drift of every input that the bundle has a reference of.

    Args:
        model: in production.
        asked: inputs of the window's predictions, and which of them were missing.
        policy: declares the bounds.
    """
    if not asked:
        return ()
    return tuple(
        _input(column, _sides(column, model.reference[column.name], asked), policy)
        for column in model.schema.inputs
        if column.name in model.reference
    )


def _input(column: Input, sides: Sides, policy: Monitoring) -> InputDrift:
    before = sides.missing_before / max(sides.missing_before + float(sides.before.sum()), 1)
    now = sides.missing_now / max(sides.missing_now + float(sides.now.sum()), 1)
    enough = min(sides.before.sum(), sides.now.sum()) >= _FEWEST
    values = drift(sides.before, sides.now, policy.psi) if enough else None
    return InputDrift(
        input=column.name,
        known=int(sides.now.sum()),
        missing_before=before,
        missing_now=now,
        values=values,
        drifted=bool(values and values.drifted) or abs(now - before) >= policy.missing_change,
    )


def _sides(column: Input, reference: Mapping[str, Any], asked: Sequence[Asked]) -> Sides:
    raw = [inputs.get(column.name) for inputs, missing in asked if column.name not in missing]
    missing = len(asked) - len(raw)
    if isinstance(column, Number):
        edges = np.array(reference["edges"], dtype=np.float64)
        counted = np.array(reference["counts"], dtype=np.float64)
        now = spread_over(np.array([column.read(value) for value in raw]), edges)
        # A number that was never known in training has no bins.
        before = counted if counted.size else np.zeros(1)
        return Sides(before, now, reference["missing"], missing)
    return _of_values(column, reference, Counter(map(str, map(column.read, raw))), missing)


def _of_values(
    column: Input, reference: Mapping[str, Any], found: Counter[str], missing: int
) -> Sides:
    unknown = column.unknown if isinstance(column, Category) else frozenset()
    counts = reference["counts"]
    known = Counter[str]()
    for value, count in counts.items():
        if value not in unknown:
            known[_plain(value)] += count
    common = [value for value, _ in known.most_common(_MOST_VALUES)]
    missing_before = reference["missing"] + sum(counts.get(value, 0) for value in unknown)
    now = Counter[str]()
    for value, count in found.items():
        now[_plain(value)] += count
    return Sides(
        _folded(known, common, reference["rest"]), _folded(now, common), missing_before, missing
    )


def _folded(counts: Counter[str], common: Iterable[str], rest: int = 0) -> NDArray[np.float64]:
    kept = [counts[value] for value in common]
    return np.array([*kept, rest + counts.total() - sum(kept)], dtype=np.float64)


def _plain(value: str) -> str:
    """Return a code without leading zeros, which some sources drop: `038` and `38` are one."""
    return value.lstrip("0")
