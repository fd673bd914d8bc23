"""The bundle: the one immutable artifact that training makes and the API serves."""

from ml.bundle.calibrator import Calibrator
from ml.bundle.content import Content, Probe
from ml.bundle.ensemble import Ensemble
from ml.bundle.evaluation import Evaluation, Interval
from ml.bundle.kinds import Grown, Linear, Member, Model, Multinomial, Term
from ml.bundle.loading import load, read
from ml.bundle.model import Explanation, LoadedModel, Prediction, TablePrediction
from ml.bundle.schema import Schema
from ml.bundle.writing import write

__all__ = [
    "Calibrator",
    "Content",
    "Ensemble",
    "Evaluation",
    "Explanation",
    "Grown",
    "Interval",
    "Linear",
    "LoadedModel",
    "Member",
    "Model",
    "Multinomial",
    "Prediction",
    "Probe",
    "Schema",
    "TablePrediction",
    "Term",
    "load",
    "read",
    "write",
]
