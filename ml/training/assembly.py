"""Assembly of a bundle's content from what a training run has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import sklearn
import xgboost

from ml.bundle import Content, Evaluation, Interval, LoadedModel, Schema
from ml.code_version import code_digest
from ml.problems.text import Text
from ml.training.card import card
from ml.training.probes import probes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.problems.problem import Problem
    from ml.training.candidates import Learned, Lesson
    from ml.training.material import Material


class Fit(NamedTuple):
    """A model, and what it learned from.

    Args:
        problem: what it predicts.
        material: the clean rows.
        lesson: what of them it learned from, and the seed.
        learned: the calibrated model.
        search: what it was compared with; nothing where there was no choice.
    """

    problem: Problem
    material: Material
    lesson: Lesson
    learned: Learned
    search: dict[str, Any] | None = None


def assemble(fit: Fit, metrics: dict[str, Interval], evaluation: Evaluation) -> Content:
    """Return the bundle's content, its probes answered by the very model it holds.

    Args:
        fit: the model.
        metrics: on the test part.
        evaluation: what else was found out there.
    """
    problem, transformation = fit.problem, fit.material.transformation
    feature_map = fit.material.feature_map
    means = _means(fit.lesson.training.matrix)
    draft = Content(
        data=transformation.data,
        schema=Schema.of(problem),
        features=feature_map,
        model=fit.learned.model,
        boosters=fit.learned.boosters,
        calibrator=fit.learned.calibrator,
        metrics=metrics,
        evaluation=evaluation,
        rows=transformation.rows,
        lineage=_lineage(fit),
        background=dict(zip(feature_map.names, means.tolist(), strict=True)),
        drift=transformation.drift,
        probes=(),
        card=Text.same(""),
    )
    model = LoadedModel(draft, digest="")
    answered = probes(problem, fit.lesson.seed, lambda records: model.predict(records).risk)
    return msgspec.structs.replace(draft, probes=answered, card=card(problem, draft))


def _lineage(fit: Fit) -> dict[str, Any]:
    transformation = fit.material.transformation
    return {
        "algorithm": fit.learned.algorithm,
        "parameters": fit.learned.parameters,
        "search": fit.search or {},
        "seed": fit.lesson.seed,
        "source": transformation.source,
        "source_digests": list(transformation.source_digests),
        "batches": list(transformation.batches),
        "data_hash": transformation.data_hash,
        "feature_map_digest": transformation.feature_map_digest,
        "split_salt": transformation.split_salt,
        "quality": transformation.quality,
        "code_digest": code_digest(),
        "libraries": {"scikit-learn": sklearn.__version__, "xgboost": xgboost.__version__},
    }


def _means(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each input's mean over the rows that know it, 0 where none does."""
    known = ~np.isnan(matrix)
    means: NDArray[np.float64] = np.where(known, matrix, 0.0).sum(axis=0) / np.maximum(
        known.sum(axis=0), 1
    )
    return means
