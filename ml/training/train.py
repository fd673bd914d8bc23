"""The training step: clean rows in, a bundle on disk out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ml.bundle import Content, write
from ml.training import material as materials
from ml.training.assembly import Fit, assemble
from ml.training.candidates import Part, Recipe, follow
from ml.training.metrics import evaluate

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

    from ml.problems.problem import Problem
    from ml.settings import Settings


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
    lesson = material.lesson(seed, settings.training_threads)
    fit = Fit(problem, material, lesson, follow(fixed(problem), lesson))
    return conclude(fit, settings, folder)


def fixed(problem: Problem) -> Recipe:
    """Return the recipe of the forest whose settings the problem declares."""
    return (Part(kind="random_forest", parameters=problem.forest),)


def conclude(fit: Fit, settings: Settings, folder: Path) -> Trained:
    """Evaluate a learned model on the test part, which is read for nothing else, and write it.

    Args:
        fit: the model and what it learned from.
        settings: bootstrap replicates.
        folder: the bundle's folder, which must not exist.
    """
    test = fit.material.parts["test"]
    # What serves, evaluates as well.
    risk = fit.learned.scorer(fit.material.feature_map).probabilities(test.matrix)[:, -1]
    metrics = evaluate(
        test.outcomes, risk, test.groups, settings.bootstrap_replicates, fit.lesson.seed
    )
    content = assemble(fit, metrics)
    return Trained(folder, write(content, folder), content)
