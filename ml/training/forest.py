"""A random forest, grown by XGBoost.

XGBoost grows Breiman's forest as many parallel trees in one boosting round ("Random Forests
in XGBoost", its documentation). It takes native categories and missing values as they are,
and it saves to a format that is data and no code; see docs/adr.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xgboost

from ml.training.masking import WITHHELD_WEIGHT, withhold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml.data.clean_store import CleanRows
    from ml.features import FeatureMap


def fit_forest(
    rows: CleanRows, feature_map: FeatureMap, forest: Mapping[str, float], seed: int, threads: int
) -> xgboost.Booster:
    """Fit a forest for the probability of the last class.

    Args:
        rows: the training part.
        feature_map: names and kinds of the matrix's columns.
        forest: `trees`, `max_depth`, `min_child_weight` (hessian sum of a leaf), and the
            shares of rows and of columns (`row_share`, `column_share`) that a tree or a
            split may use.
        seed: seed of the sampling; the same rows and seed give the same bytes.
        threads: threads of the fit.
    """
    withheld = withhold(rows.matrix, feature_map, seed)
    data: Any = xgboost.QuantileDMatrix(
        np.vstack([rows.matrix, withheld]).astype(np.float32),
        np.tile(rows.outcomes, 2),
        weight=np.repeat([1.0, WITHHELD_WEIGHT], len(rows.matrix)),
        feature_names=list(feature_map.names),
        feature_types=list(feature_map.kinds),
        enable_categorical=True,
        nthread=threads,
    )
    parameters = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        # One round of full steps: the trees vote, they do not correct one another.
        "eta": 1.0,
        "num_parallel_tree": int(forest["trees"]),
        "subsample": forest["row_share"],
        "colsample_bynode": forest["column_share"],
        "max_depth": int(forest["max_depth"]),
        "min_child_weight": forest["min_child_weight"],
        "reg_lambda": 0.0,
        # Settings for native categories that did well on data of this kind.
        "max_cat_to_onehot": 8,
        "max_cat_threshold": 28,
        "base_score": float(np.mean(rows.outcomes)),
        "seed": seed,
        "nthread": threads,
    }
    return xgboost.train(parameters, data, num_boost_round=1)
