"""Assembly of a bundle's content from what a training run has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import sklearn
import xgboost

from ml.bundle import Content, Interval, LoadedModel, Schema
from ml.code_version import code_digest
from ml.training.card import card
from ml.training.probes import probes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ml.data.clean_store import Transformation
    from ml.features import FeatureMap
    from ml.problems.problem import Problem
    from ml.training.candidates import Learned


class Fit(NamedTuple):
    """What a training run has learned.

    Args:
        feature_map: the fitted features.
        learned: the calibrated model.
        metrics: on the test part.
        means: mean of every model input on the training part.
        seed: seed of the run.
        search: what the model was compared with.
    """

    feature_map: FeatureMap
    learned: Learned
    metrics: dict[str, Interval]
    means: NDArray[np.float64]
    seed: int
    search: dict[str, Any]


def assemble(problem: Problem, transformation: Transformation, fit: Fit) -> Content:
    """Return the bundle's content, its probes answered by the very model it holds."""
    draft = Content(
        data=transformation.data,
        schema=Schema.of(problem),
        features=fit.feature_map,
        model=fit.learned.model,
        boosters=fit.learned.boosters,
        calibrator=fit.learned.calibrator,
        metrics=fit.metrics,
        rows=transformation.rows,
        lineage=_lineage(transformation, fit),
        background=dict(zip(fit.feature_map.names, fit.means.tolist(), strict=True)),
        drift=transformation.drift,
        probes=(),
        card="",
    )
    model = LoadedModel(draft, digest="")
    answered = probes(problem, fit.seed, lambda records: model.predict(records).risk)
    return msgspec.structs.replace(draft, probes=answered, card=card(problem, draft))


def _lineage(transformation: Transformation, fit: Fit) -> dict[str, Any]:
    return {
        "algorithm": fit.learned.algorithm,
        "parameters": fit.learned.parameters,
        "search": fit.search,
        "seed": fit.seed,
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
