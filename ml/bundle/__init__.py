"""The bundle: the one immutable artifact that training makes and the API serves."""

from ml.bundle.calibrator import Calibrator
from ml.bundle.content import Content, Probe
from ml.bundle.evaluation import Evaluation, Interval
from ml.bundle.loading import load
from ml.bundle.model import Explanation, LoadedModel, Prediction, TablePrediction
from ml.bundle.schema import Schema
from ml.bundle.writing import write

__all__ = [
    "Calibrator",
    "Content",
    "Evaluation",
    "Explanation",
    "Interval",
    "LoadedModel",
    "Prediction",
    "Probe",
    "Schema",
    "TablePrediction",
    "load",
    "write",
]
