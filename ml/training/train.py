"""The training step: clean rows in, a bundle on disk out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ml.bundle import Content, write
from ml.training import material as materials
from ml.training.assembly import Fit, assemble
from ml.training.candidates import Lesson, Part, Recipe, follow
from ml.training.evaluation import Scored, examine, learning_curve, measure

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

    from ml.bundle.evaluation import LearningPoint
    from ml.data.clean_store import CleanRows
    from ml.problems.problem import Problem
    from ml.settings import Settings
    from ml.training.evaluation.learning import Score


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
    scored = _scored(fit)
    replicates, seed = settings.bootstrap_replicates, fit.lesson.seed
    metrics = measure(scored.outcomes, scored.probabilities, scored.groups, replicates, seed)
    evaluation = msgspec.structs.replace(
        examine(fit.problem, scored, replicates, seed), learning=_learning(fit)
    )
    content = assemble(fit, metrics, evaluation)
    return Trained(folder, write(content, folder), content)


def _scored(fit: Fit) -> Scored:
    """Return the test part with what the model says; what serves, evaluates as well."""
    material = fit.material
    test = material.parts["test"]
    probabilities = fit.learned.scorer(material.feature_map).probabilities(test.matrix)
    return Scored(material.records, test.outcomes, probabilities, test.groups)


def _learning(fit: Fit) -> tuple[LearningPoint, ...]:
    """Return the learning curve of the model's own recipe."""
    lesson, feature_map = fit.lesson, fit.material.feature_map

    def learn(rows: CleanRows) -> Score:
        some = Lesson(rows, lesson.validation, feature_map, lesson.seed, lesson.threads)
        return follow(fit.learned.recipe, some).scorer(feature_map).probabilities

    score = fit.learned.scorer(feature_map).probabilities
    return learning_curve(learn, score, lesson.training, lesson.validation, lesson.seed)
