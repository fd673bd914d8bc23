"""A bundle's model, ready to be asked: the weighted sum of its members' margins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import xgboost

from ml.bundle.booster import load_booster
from ml.bundle.kinds import Grown, Multinomial
from ml.bundle.linear import LinearMargins, MultinomialMargins
from ml.bundle.trees import Trees
from ml.errors import BundleInvalid
from ml.features.parameters import CATEGORICAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ml.bundle.kinds import Linear, Member, Model
    from ml.features import FeatureMap


class _Margins(Protocol):
    """What every kind of member can do; it has one output, or one for each class."""

    splits: int
    outputs: int

    def margins(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return margins, (rows,) or (rows, outputs), of (rows, inputs)."""

    def shap(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return SHAP values of each margin: one for each input more, the last is the base."""


class Ensemble:
    """One model of one or of several members. It never changes, so that threads may share it.

    Args:
        model: what it consists of.
        boosters: the bytes of its trees by the name of their file.
        feature_map: its inputs.

    Raises:
        BundleInvalid: a member is not what this release evaluates, or has other inputs or
            outputs than the rest.
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
        self.outputs = self._members[0][1].outputs
        self._shape = () if self.outputs == 1 else (self.outputs,)
        outputs = {member.outputs for _, member in self._members}
        if len(outputs) > 1 or np.shape(model.intercept) not in {(), self._shape}:
            raise BundleInvalid("the members of the bundle's model are not about the same classes")

    @property
    def splits(self) -> int:
        """How many splits of trees are decided for each row."""
        return sum(member.splits for _, member in self._members)

    def margins(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the margins before calibration of (rows, inputs).

        They are log-odds, (rows,), or of more than two classes each one's margin, (rows,
        outputs). A row's margin is the same, bit for bit, whatever other rows there are.
        """
        total = np.full((len(matrix), *self._shape), self._intercept)
        for weight, member in self._members:
            total += weight * member.margins(matrix)
        return total

    def shap(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return SHAP values of the margins.

        They are (rows, inputs + 1), the last the base, or (rows, outputs, inputs + 1).
        """
        total = np.zeros((len(matrix), *self._shape, matrix.shape[1] + 1))
        total[..., -1] = self._intercept
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
        self.outputs = trees.outputs

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
    if isinstance(member, Multinomial):
        for linear in member.classes:
            _check_terms(linear, feature_map)
        return MultinomialMargins(member)
    _check_terms(member, feature_map)
    return LinearMargins(member)


def _check_terms(linear: Linear, feature_map: FeatureMap) -> None:
    if [bool(term.steps) for term in linear.terms] != [
        kind == CATEGORICAL for kind in feature_map.kinds
    ]:
        raise BundleInvalid("the model's terms are not those of the bundle's feature map")
