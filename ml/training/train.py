"""The training step: clean rows in, a bundle on disk out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from ml.bundle import Content, write
from ml.bundle.trees import Trees
from ml.data import clean_store
from ml.data.split import PARTS
from ml.errors import NotEnoughData
from ml.features import FeatureMap
from ml.training.assembly import Fit, assemble
from ml.training.calibration import fit_platt
from ml.training.forest import fit_forest
from ml.training.metrics import evaluate

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa
    from numpy.typing import NDArray

    from ml.data.clean_store import CleanRows
    from ml.problems.problem import Problem
    from ml.settings import Settings

# Fewer outcomes of a class than this give an interval that says nothing.
_FEWEST_OUTCOMES = 10


class Trained(NamedTuple):
    """A bundle on disk.

    Args:
        folder: where it was written.
        digest: its digest.
        content: its parts.
    """

    folder: Path
    digest: str
    content: Content


def train(
    clean: sa.Engine, problem: Problem, settings: Settings, folder: Path, seed: int
) -> Trained:
    """Fit, calibrate and evaluate a random forest, and write its bundle.

    The forest sees the training part, the calibrator the validation part, and the test part
    is read once, for the metrics.

    Args:
        clean: the clean database.
        problem: what is predicted.
        settings: threads and bootstrap replicates.
        folder: the bundle's folder, which must not exist.
        seed: seed of every random choice.

    Raises:
        NotEnoughData: nothing was built, or a part lacks outcomes of some class.
    """
    transformation = clean_store.latest(clean, problem)
    feature_map = msgspec.convert(transformation.feature_map, FeatureMap)
    parts = {part: clean_store.read(clean, problem, part, feature_map.names) for part in PARTS}
    for part, rows in parts.items():
        _require_outcomes(problem, part, rows)
    booster = fit_forest(
        parts["train"], feature_map, problem.forest, seed, settings.training_threads
    )
    validation, test = parts["validation"], parts["test"]
    trees = Trees(booster)  # what serves, evaluates as well
    calibrator = fit_platt(trees.margins(validation.matrix), validation.outcomes)
    risk = calibrator.probabilities(trees.margins(test.matrix))[:, -1]
    metrics = evaluate(test.outcomes, risk, test.groups, settings.bootstrap_replicates, seed)
    means = _means(parts["train"].matrix)
    fit = Fit(feature_map, booster, calibrator, metrics, means, seed)
    content = assemble(problem, transformation, fit)
    return Trained(folder, write(content, folder), content)


def _require_outcomes(problem: Problem, part: str, rows: CleanRows) -> None:
    counts = np.bincount(rows.outcomes, minlength=len(problem.target.classes))
    for name, count in zip(problem.target.classes, counts, strict=True):
        if count < _FEWEST_OUTCOMES:
            raise NotEnoughData(
                f"{problem.name}: the {part} part holds {count} rows of the outcome {name}, "
                f"at least {_FEWEST_OUTCOMES} are needed; ingest more data"
            )


def _means(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each input's mean over the rows that know it, 0 where none does."""
    known = ~np.isnan(matrix)
    means: NDArray[np.float64] = np.where(known, matrix, 0.0).sum(axis=0) / np.maximum(
        known.sum(axis=0), 1
    )
    return means
