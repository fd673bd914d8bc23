"""What all trees have in common, grown as a forest or boosted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ml.problems.candidates import Parameters
    from ml.training.candidates.lesson import Lesson

_TWO = 2


def common(lesson: Lesson, parameters: Parameters) -> dict[str, Any]:
    """Return XGBoost's settings for a tree's objective, size and what it may look at."""
    return {
        **_objective(lesson),
        "tree_method": "hist",
        "max_depth": int(parameters["max_depth"]),
        "min_child_weight": parameters["min_child_weight"],
        "subsample": parameters["row_share"],
        "colsample_bynode": parameters["column_share"],
        # Settings for native categories that did well on data of this kind.
        "max_cat_to_onehot": 8,
        "max_cat_threshold": 28,
        "seed": lesson.seed,
        "nthread": lesson.threads,
    }


def _objective(lesson: Lesson) -> dict[str, Any]:
    """Return what is fitted, from how often each class occurs on."""
    priors = lesson.priors
    if lesson.classes == _TWO:
        return {"objective": "binary:logistic", "base_score": float(priors[-1])}
    margins = np.log(priors)
    return {
        "objective": "multi:softprob",
        "num_class": lesson.classes,
        # Of more than two classes XGBoost takes margins here. Only differences matter.
        "base_score": (margins - margins.mean()).tolist(),
    }
