"""What all trees have in common, grown as a forest or boosted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ml.problems.candidates import Parameters
    from ml.training.candidates.lesson import Lesson


def common(lesson: Lesson, parameters: Parameters) -> dict[str, Any]:
    """Return XGBoost's settings for a tree's size and for what it may look at."""
    return {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "max_depth": int(parameters["max_depth"]),
        "min_child_weight": parameters["min_child_weight"],
        "subsample": parameters["row_share"],
        "colsample_bynode": parameters["column_share"],
        # Settings for native categories that did well on data of this kind.
        "max_cat_to_onehot": 8,
        "max_cat_threshold": 28,
        "base_score": lesson.prior,
        "seed": lesson.seed,
        "nthread": lesson.threads,
    }
