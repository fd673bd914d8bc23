"""The training step: clean rows in, a bundle on disk out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ml.bundle import Content, write
from ml.data import clean_store
from ml.training import material as materials
from ml.training.assembly import Fit, assemble
from ml.training.candidates import Lesson, Part, Recipe, follow
from ml.training.evaluation import Scored, examine, learning_curve, measure

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from ml.bundle.evaluation import LearningPoint
    from ml.data.clean_store import CleanRows, Place
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


def train(clean: Place, problem: Problem, settings: Settings, folder: Path, seed: int) -> Trained:
    """Fit, calibrate and evaluate a model of fixed settings, and write its bundle.

    Args:
        clean: the clean database, or a folder of clean rows.
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
    return conclude(fit, clean_store.read_records(clean, problem), settings, folder)


def fixed(problem: Problem) -> Recipe:
    """Return the recipe that the problem declares for this: a forest, unless it says otherwise."""
    return (problem.simple or Part(kind="random_forest", parameters=problem.forest),)


def conclude(fit: Fit, records: pa.Table, settings: Settings, folder: Path) -> Trained:
    """Evaluate a learned model on the test part, which is read for nothing else, and write it.

    Args:
        fit: the model and what it learned from.
        records: the raw records of the test part, which say who belongs to which subgroup.
        settings: bootstrap replicates.
        folder: the bundle's folder, which must not exist.
    """
    test, seed = fit.material.parts["test"], fit.lesson.seed
    # What serves, evaluates as well.
    probabilities = fit.learned.scorer(fit.material.feature_map).probabilities(test.matrix)
    scored = Scored(records, test.outcomes, probabilities, test.groups)
    replicates = settings.bootstrap_replicates
    target = fit.problem.target
    metrics = measure(test.outcomes, probabilities, test.groups, replicates, seed, target)
    evaluation = examine(fit.problem, scored, replicates, seed)
    evaluation = msgspec.structs.replace(evaluation, learning=_learning(fit))
    content = assemble(fit, metrics, evaluation)
    return Trained(folder, write(content, folder), content)


def _learning(fit: Fit) -> tuple[LearningPoint, ...]:
    lesson, learned = fit.lesson, fit.learned

    def learn(rows: CleanRows) -> Score:
        of_fewer = Lesson(rows, lesson.validation, lesson.feature_map, lesson.seed, lesson.threads)
        return follow(learned.recipe, of_fewer).scorer(lesson.feature_map).probabilities

    score = learned.scorer(lesson.feature_map).probabilities
    return learning_curve(learn, score, lesson.training, lesson.validation, lesson.seed)
