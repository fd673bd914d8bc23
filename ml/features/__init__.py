"""The one feature path: from raw values to model inputs, in training and in serving."""

from ml.features.encoder import Encoded, Encoder
from ml.features.fitting import fit
from ml.features.parameters import CATEGORICAL, NUMERIC, FeatureMap, Fitted

__all__ = ["CATEGORICAL", "NUMERIC", "Encoded", "Encoder", "FeatureMap", "Fitted", "fit"]
