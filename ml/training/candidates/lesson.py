"""What a candidate learns from."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import xgboost

from ml.training.masking import WITHHELD_WEIGHT, may_withhold, withhold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.data.clean_store import CleanRows
    from ml.features import FeatureMap


class Lesson:
    """Training and validation rows, and what several fits on them share.

    Args:
        training: what parameters are fitted on.
        validation: what decides about rounds, parameters and calibration.
        feature_map: names and kinds of the inputs.
        seed: seed of every random choice.
        threads: threads of a fit; they do not change what is learned.
    """

    def __init__(
        self,
        training: CleanRows,
        validation: CleanRows,
        feature_map: FeatureMap,
        seed: int,
        threads: int,
    ) -> None:
        self.training = training
        self.validation = validation
        self.feature_map = feature_map
        self.seed = seed
        self.threads = threads

    @cached_property
    def shown(self) -> NDArray[np.float64]:
        """What is learned from: each row complete, and once more with inputs withheld.

        Where no request may leave one out, each is shown once.
        """
        matrix = self.training.matrix
        if not self._twice:
            return matrix
        return np.vstack([matrix, withhold(matrix, self.feature_map, self.seed)])

    @cached_property
    def _twice(self) -> bool:
        return may_withhold(self.feature_map)

    @cached_property
    def outcomes(self) -> NDArray[np.int64]:
        """The outcome of each row shown."""
        return np.tile(self.training.outcomes, 1 + self._twice)

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """The weight of each row shown."""
        weights = [1.0, WITHHELD_WEIGHT][: 1 + self._twice]
        return np.repeat(weights, len(self.training.outcomes))

    @cached_property
    def classes(self) -> int:
        """How many classes there are; a few training rows may lack one, the validation part not."""
        return 1 + int(max(self.training.outcomes.max(), self.validation.outcomes.max()))

    @cached_property
    def priors(self) -> NDArray[np.float64]:
        """How often each class occurs; one that these rows lack is taken for one row's."""
        counts = np.bincount(self.training.outcomes, minlength=self.classes)
        found: NDArray[np.float64] = np.maximum(counts, 1) / len(self.training.outcomes)
        return found

    @cached_property
    def quantiles(self) -> Any:
        """The rows shown, in the form in which XGBoost grows trees from them."""
        return self._binned(self.shown, self.outcomes, weight=self.weights)

    @cached_property
    def validation_quantiles(self) -> Any:
        """The validation rows, binned alike."""
        rows = self.validation
        return self._binned(rows.matrix, rows.outcomes, ref=self.quantiles)

    def _binned(
        self, matrix: NDArray[np.float64], outcomes: NDArray[np.int64], **others: Any
    ) -> Any:
        return xgboost.QuantileDMatrix(
            matrix.astype(np.float32),
            outcomes,
            feature_names=list(self.feature_map.names),
            feature_types=list(self.feature_map.kinds),
            enable_categorical=True,
            nthread=self.threads,
            **others,
        )
