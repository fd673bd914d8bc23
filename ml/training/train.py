"""The training step: clean rows in, a bundle on disk out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ml.bundle import Content, write
from ml.training import material as materials
from ml.training.assembly import Fit, assemble
from ml.training.candidates import Part, follow
from ml.training.metrics import evaluate

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa
    from numpy.typing import NDArray

    from ml.problems.problem import Problem
    from ml.settings import Settings
    from ml.training.candidates import Learned
    from ml.training.material import Material


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
    """Fit, calibrate and evaluate a random forest of fixed settings, and write its bundle.

    Args:
        clean: the clean database.
        problem: what is predicted.
        settings: threads and bootstrap replicates.
        folder: the bundle's folder, which must not exist.
        seed: seed of every random choice.

    Raises:
        NotEnoughData: nothing was built, or a part lacks outcomes of some class.
    """
    material = materials.read(clean, problem)
    recipe = (Part(kind="random_forest", parameters=problem.forest),)
    learned = follow(recipe, material.lesson(seed, settings.training_threads))
    return conclude(problem, material, learned, settings, folder, seed)


def conclude(  # noqa: PLR0913, PLR0917 # what one training run knows
    problem: Problem,
    material: Material,
    learned: Learned,
    settings: Settings,
    folder: Path,
    seed: int,
    search: dict[str, Any] | None = None,
) -> Trained:
    """Evaluate a learned model on the test part, which is read for nothing else, and write it.

    Args:
        problem: what is predicted.
        material: the rows that it learned from, and those of the test part.
        learned: the model.
        settings: bootstrap replicates.
        folder: the bundle's folder, which must not exist.
        seed: seed of the resampling.
        search: what it was compared with, for the lineage.
    """
    test = material.parts["test"]
    # What serves, evaluates as well.
    risk = learned.scorer(material.feature_map).probabilities(test.matrix)[:, -1]
    metrics = evaluate(test.outcomes, risk, test.groups, settings.bootstrap_replicates, seed)
    means = _means(material.parts["train"].matrix)
    fit = Fit(material.feature_map, learned, metrics, means, seed, search or {})
    content = assemble(problem, material.transformation, fit)
    return Trained(folder, write(content, folder), content)


def _means(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each input's mean over the rows that know it, 0 where none does."""
    known = ~np.isnan(matrix)
    means: NDArray[np.float64] = np.where(known, matrix, 0.0).sum(axis=0) / np.maximum(
        known.sum(axis=0), 1
    )
    return means
