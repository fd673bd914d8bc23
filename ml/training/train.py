"""The training step: clean rows in, a bundle on disk out."""

from __future__ import annotations

from functools import partial
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
from ml.training.evaluation import Scored, examine, learning_curve, measure
from ml.training.forest import fit_forest

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa
    import xgboost
    from numpy.typing import NDArray

    from ml.bundle import Calibrator
    from ml.data.clean_store import CleanRows
    from ml.problems.problem import Problem
    from ml.settings import Settings
    from ml.training.evaluation.learning import Score

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
    learner = partial(_learn, problem, feature_map, settings, seed)
    booster, calibrator = learner(parts["train"], parts["validation"])
    score = _scorer(booster, calibrator)
    test = parts["test"]
    scored = Scored(
        clean_store.read_records(clean, problem), test.outcomes, score(test.matrix), test.groups
    )
    replicates = settings.bootstrap_replicates
    fit = Fit(
        feature_map,
        booster,
        calibrator,
        measure(scored.outcomes, scored.probabilities, scored.groups, replicates, seed),
        msgspec.structs.replace(
            examine(problem, scored, replicates, seed),
            learning=learning_curve(
                lambda rows: _scorer(*learner(rows, parts["validation"])),
                score,
                parts["train"],
                parts["validation"],
                seed,
            ),
        ),
        _means(parts["train"].matrix),
        seed,
    )
    content = assemble(problem, transformation, fit)
    return Trained(folder, write(content, folder), content)


def _learn(
    problem: Problem,
    feature_map: FeatureMap,
    settings: Settings,
    seed: int,
    training: CleanRows,
    validation: CleanRows,
) -> tuple[xgboost.Booster, Calibrator]:
    """Fit a forest on training rows, and its calibration on validation rows."""
    booster = fit_forest(training, feature_map, problem.forest, seed, settings.training_threads)
    margins = Trees(booster).margins(validation.matrix)
    return booster, fit_platt(margins, validation.outcomes)


def _scorer(booster: xgboost.Booster, calibrator: Calibrator) -> Score:
    """Return what serves: from model inputs to probabilities."""
    trees = Trees(booster)
    return lambda matrix: calibrator.probabilities(trees.margins(matrix))


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
