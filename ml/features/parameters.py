"""The fitted parameters of a feature map, as the bundle stores them: data, never code."""

from __future__ import annotations

import hashlib

import msgspec

from ml.problems.contract import Input
from ml.problems.features import Coded, Feature

CATEGORICAL = "c"
NUMERIC = "q"


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """One declared feature with what was learned from the training part.

    Args:
        feature: the declaration.
        vocabulary: a coded feature's values by code; the next code is "other".
        mean: mean of the known values, subtracted from a numeric feature.
        scale: standard deviation of the known values, 1 where they do not vary.
    """

    feature: Feature
    vocabulary: tuple[str, ...] = ()
    mean: float = 0.0
    scale: float = 1.0

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.feature.name

    @property
    def kind(self) -> str:
        """`CATEGORICAL` or `NUMERIC`."""
        return CATEGORICAL if isinstance(self.feature, Coded) else NUMERIC


class FeatureMap(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that turns raw values into a model's input row.

    Args:
        inputs: the contract of the raw columns.
        missing: the texts that mean "missing" beside an empty one.
        features: the fitted features, in the order of the model's inputs.
    """

    inputs: tuple[Input, ...]
    missing: frozenset[str]
    features: tuple[Fitted, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the model's inputs, in order."""
        return tuple(fitted.name for fitted in self.features)

    @property
    def kinds(self) -> tuple[str, ...]:
        """`CATEGORICAL` or `NUMERIC` for each of the model's inputs, in order."""
        return tuple(fitted.kind for fitted in self.features)

    def to_json(self) -> bytes:
        """Return the parameters as JSON, the same bytes for the same parameters."""
        return msgspec.json.encode(self, order="deterministic")

    @property
    def digest(self) -> str:
        """SHA-256 of the JSON."""
        return hashlib.sha256(self.to_json()).hexdigest()
