"""Assembly of a bundle's content from what a training run has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import xgboost

from ml.bundle import Calibrator, Content, Evaluation, Interval, LoadedModel, Schema
from ml.bundle.booster import parse
from ml.code_version import code_digest
from ml.training.card import card
from ml.training.probes import probes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ml.data.clean_store import Transformation
    from ml.features import FeatureMap
    from ml.problems.problem import Problem

ALGORITHM = "random_forest"


class Fit(NamedTuple):
    """What a training run has learned.

    Args:
        feature_map: the fitted features.
        booster: the fitted model.
        calibrator: its calibration.
        metrics: on the test part.
        evaluation: what else was found out there.
        means: mean of every model input on the training part.
        seed: seed of the run.
    """

    feature_map: FeatureMap
    booster: xgboost.Booster
    calibrator: Calibrator
    metrics: dict[str, Interval]
    evaluation: Evaluation
    means: NDArray[np.float64]
    seed: int


def assemble(problem: Problem, transformation: Transformation, fit: Fit) -> Content:
    """Return the bundle's content, its probes answered by the very model it holds."""
    draft = Content(
        data=transformation.data,
        schema=Schema.of(problem),
        features=fit.feature_map,
        model=bytes(fit.booster.save_raw("ubj")),
        calibrator=fit.calibrator,
        metrics=fit.metrics,
        evaluation=fit.evaluation,
        rows=transformation.rows,
        lineage=_lineage(problem, transformation, fit),
        background=dict(zip(fit.feature_map.names, fit.means.tolist(), strict=True)),
        drift=transformation.drift,
        probes=(),
        card="",
    )
    model = LoadedModel(draft, parse(draft.model), digest="")
    answered = probes(problem, fit.seed, lambda records: model.predict(records).risk)
    return msgspec.structs.replace(draft, probes=answered, card=card(problem, draft))


def _lineage(problem: Problem, transformation: Transformation, fit: Fit) -> dict[str, Any]:
    return {
        "algorithm": ALGORITHM,
        "parameters": problem.forest,
        "seed": fit.seed,
        "source": transformation.source,
        "source_digests": list(transformation.source_digests),
        "batches": list(transformation.batches),
        "data_hash": transformation.data_hash,
        "feature_map_digest": transformation.feature_map_digest,
        "split_salt": transformation.split_salt,
        "quality": transformation.quality,
        "code_digest": code_digest(),
        "libraries": {"xgboost": xgboost.__version__},
    }
