"""What a training run reads: the clean rows of every part and how they were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from ml.data import clean_store
from ml.data.split import PARTS
from ml.errors import NotEnoughData
from ml.features import FeatureMap
from ml.training.candidates import Lesson

if TYPE_CHECKING:
    from ml.data.clean_store import CleanRows, Place, Transformation
    from ml.problems.problem import Problem

# Fewer outcomes of a class than this give an interval that says nothing.
_FEWEST_OUTCOMES = 10


class Material(NamedTuple):
    """Clean rows by part, their transformation and its feature map."""

    transformation: Transformation
    feature_map: FeatureMap
    parts: dict[str, CleanRows]

    def lesson(self, seed: int, threads: int) -> Lesson:
        """Return what a candidate learns from: nothing of the test part."""
        training, validation = self.parts["train"], self.parts["validation"]
        return Lesson(training, validation, self.feature_map, seed, threads)


def read(clean: Place, problem: Problem, names: tuple[str, ...] = PARTS) -> Material:
    """Read the parts of that name.

    Raises:
        NotEnoughData: nothing was built, or a part lacks outcomes of some class.
    """
    transformation = clean_store.latest(clean, problem)
    feature_map = msgspec.convert(transformation.feature_map, FeatureMap)
    parts = {name: clean_store.read(clean, problem, name, feature_map.names) for name in names}
    for name, rows in parts.items():
        _require_outcomes(problem, name, rows)
    return Material(transformation, feature_map, parts)


def _require_outcomes(problem: Problem, part: str, rows: CleanRows) -> None:
    counts = np.bincount(rows.outcomes, minlength=len(problem.target.classes))
    for name, count in zip(problem.target.classes, counts, strict=True):
        if count < _FEWEST_OUTCOMES:
            raise NotEnoughData(
                f"{problem.name}: the {part} part holds {count} rows of the outcome {name}, "
                f"at least {_FEWEST_OUTCOMES} are needed; ingest more data"
            )
