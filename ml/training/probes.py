"""Probe records: what a loaded model must answer before it may serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.bundle import Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ml.problems.problem import Problem

    Score = Callable[[Sequence[Mapping[str, object]]], NDArray[np.float64]]

_ROWS = 50


def records(problem: Problem, seed: int) -> list[dict[str, str | int | float | None]]:
    """Return synthetic records, the problem's example, and what is needed of it, no more.

    They are never a patient's: a bundle travels further than the data may.
    """
    names = [column.name for column in problem.inputs]
    rows = problem.generate(_ROWS, seed).select(names).to_pylist()
    needed = {column.name for column in problem.inputs if column.needed}
    fewest = {name: value for name, value in problem.example.items() if name in needed}
    return [*rows, dict(problem.example), fewest]


def probes(problem: Problem, seed: int, score: Score) -> tuple[Probe, ...]:
    """Return the probe records with the risk that `score` gives them."""
    chosen = records(problem, seed)
    return tuple(
        Probe(record, float(risk)) for record, risk in zip(chosen, score(chosen), strict=True)
    )
