"""What a candidate learns from."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import xgboost

from ml.training.masking import WITHHELD_WEIGHT, withhold

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
        """What is learned from: each row complete, and once more with inputs withheld."""
        matrix = self.training.matrix
        return np.vstack([matrix, withhold(matrix, self.feature_map, self.seed)])

    @cached_property
    def outcomes(self) -> NDArray[np.int64]:
        """The outcome of each row shown."""
        return np.tile(self.training.outcomes, 2)

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """The weight of each row shown."""
        return np.repeat([1.0, WITHHELD_WEIGHT], len(self.training.outcomes))

    @cached_property
    def prior(self) -> float:
        """How often the outcome occurs."""
        return float(np.mean(self.training.outcomes))

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
