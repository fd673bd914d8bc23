"""The boosters of a bundle, in XGBoost's native format: data, never code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xgboost

from ml.errors import BundleInvalid

if TYPE_CHECKING:
    from ml.features import FeatureMap


def load_booster(data: bytes, feature_map: FeatureMap) -> xgboost.Booster:
    """Return the booster of XGBoost's native bytes, checked against its feature map.

    Raises:
        BundleInvalid: the bytes are no booster, or one of other inputs.
    """
    booster = parse(data)
    names, kinds = booster.feature_names or [], booster.feature_types or []
    if tuple(names) != feature_map.names or tuple(kinds) != feature_map.kinds:
        raise BundleInvalid("the model's inputs are not those of the bundle's feature map")
    return booster


def parse(data: bytes) -> xgboost.Booster:
    """Return the booster of XGBoost's native bytes, set to one thread a call.

    A service answers many small requests; threads inside one call would fight over cores.
    """
    try:
        booster = xgboost.Booster(model_file=bytearray(data))
    except xgboost.core.XGBoostError as error:
        raise BundleInvalid("the bundle's model file is not one that XGBoost reads") from error
    booster.set_param({"nthread": 1})
    return booster
