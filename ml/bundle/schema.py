"""What a bundle knows of its problem, so that it needs no declaration beside it."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Self

import msgspec

from ml.problems.contract import Category, Code, Column, Identifier, Number
from ml.problems.problem import OutOfScope, Problem, RiskBand, Target
from ml.problems.text import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """The problem as it was declared when the model was trained."""

    problem: str
    title: Text
    question: Text
    columns: tuple[Column, ...]
    target: Target
    out_of_scope: tuple[OutOfScope, ...]
    bands: tuple[RiskBand, ...]

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Return the schema of a declared problem."""
        return cls(
            problem=problem.name,
            title=problem.title,
            question=problem.question,
            columns=problem.columns,
            target=problem.target,
            out_of_scope=problem.out_of_scope,
            bands=problem.bands,
        )

    def bands_of(self, risk: NDArray[np.float64]) -> list[RiskBand] | list[None]:
        """Return the band that each risk falls into, `None` where none are declared."""
        if not self.bands:
            return [None] * len(risk)
        starts = [band.start for band in self.bands]
        return [self.bands[bisect_right(starts, value) - 1] for value in risk.tolist()]

    @property
    def inputs(self) -> tuple[Number | Category | Code, ...]:
        """The columns that a request may carry, in order."""
        return tuple(
            column
            for column in self.columns
            if not isinstance(column, Identifier) and column.name != self.target.column
        )
