"""A random forest, grown by XGBoost.

XGBoost grows Breiman's forest as many parallel trees in one boosting round ("Random Forests
in XGBoost", its documentation). It takes native categories and missing values as they are,
and it saves to a format that is data and no code; see docs/adr.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import xgboost

from ml.training.candidates.trees import common

if TYPE_CHECKING:
    from ml.problems.candidates import Parameters
    from ml.training.candidates.lesson import Lesson


def fit_forest(lesson: Lesson, parameters: Parameters) -> xgboost.Booster:
    """Fit a forest for the probability of the last of two classes, or of each of more.

    Args:
        lesson: what to learn from; the same rows and seed give the same bytes.
        parameters: `trees`, `max_depth`, `min_child_weight` (hessian sum of a leaf), and
            the shares of rows and of columns (`row_share`, `column_share`) that a tree or
            a split may use.
    """
    settings = {
        **common(lesson, parameters),
        # One round of full steps: the trees vote, they do not correct one another.
        "eta": 1.0,
        "num_parallel_tree": int(parameters["trees"]),
        "reg_lambda": 0.0,
    }
    return xgboost.train(settings, lesson.quantiles, num_boost_round=1)
