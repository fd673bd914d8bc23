"""A bundle's model, ready to be asked: the weighted sum of its members' margins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import xgboost

from ml.bundle.booster import load_booster
from ml.bundle.kinds import Grown
from ml.bundle.linear import LinearMargins
from ml.bundle.trees import Trees
from ml.errors import BundleInvalid
from ml.features.parameters import CATEGORICAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ml.bundle.kinds import Member, Model
    from ml.features import FeatureMap


class _Margins(Protocol):
    """What every kind of member can do."""

    splits: int

    def margins(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return margins, (rows,), of (rows, inputs)."""

    def shap(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (rows, inputs + 1) SHAP values of the margins; the last is the base."""


class Ensemble:
    """One model of one or of several members. It never changes, so that threads may share it.

    Args:
        model: what it consists of.
        boosters: the bytes of its trees by the name of their file.
        feature_map: its inputs.

    Raises:
        BundleInvalid: a member is not what this release evaluates, or has other inputs.
    """

    def __init__(
        self, model: Model, boosters: Mapping[str, bytes], feature_map: FeatureMap
    ) -> None:
        if not model.members:
            raise BundleInvalid("the bundle's model has no members")
        self._intercept = model.intercept
        self._members = [
            (member.weight, _member(member, boosters, feature_map)) for member in model.members
        ]

    @property
    def splits(self) -> int:
        """How many splits of trees are decided for each row."""
        return sum(member.splits for _, member in self._members)

    def margins(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the margins (log-odds before calibration), (rows,), of (rows, inputs).

        A row's margin is the same, bit for bit, whatever other rows there are.
        """
        total = np.full(len(matrix), self._intercept)
        for weight, member in self._members:
            total += weight * member.margins(matrix)
        return total

    def shap(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (rows, inputs + 1) SHAP values of the margins; the last is the base."""
        total = np.zeros((len(matrix), matrix.shape[1] + 1))
        total[:, -1] = self._intercept
        for weight, member in self._members:
            total += weight * member.shap(matrix)
        return total


class _TreeMargins:
    """Trees: margins by our own evaluation, SHAP values by XGBoost's exact TreeSHAP."""

    def __init__(self, booster: xgboost.Booster, feature_map: FeatureMap) -> None:
        self._booster = booster
        self._feature_map = feature_map
        trees = Trees(booster)
        self.margins = trees.margins
        self.splits = trees.splits

    def shap(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        rows: Any = xgboost.DMatrix(
            np.ascontiguousarray(matrix, dtype=np.float32),
            feature_names=list(self._feature_map.names),
            feature_types=list(self._feature_map.kinds),
            enable_categorical=True,
            nthread=1,
        )
        found: NDArray[np.float64] = self._booster.predict(rows, pred_contribs=True).astype(
            np.float64
        )
        return found


def _member(member: Member, boosters: Mapping[str, bytes], feature_map: FeatureMap) -> _Margins:
    if isinstance(member, Grown):
        return _TreeMargins(load_booster(boosters[member.file], feature_map), feature_map)
    if [bool(term.steps) for term in member.terms] != [
        kind == CATEGORICAL for kind in feature_map.kinds
    ]:
        raise BundleInvalid("the model's terms are not those of the bundle's feature map")
    return LinearMargins(member)
