"""Evaluation of a model's probabilities, with intervals from a bootstrap by patient."""

from ml.training.evaluation.bootstrap import Bootstrap
from ml.training.evaluation.examine import examine
from ml.training.evaluation.learning import learning_curve
from ml.training.evaluation.metrics import METRICS, Scored, differences, measure

__all__ = [
    "METRICS",
    "Bootstrap",
    "Scored",
    "differences",
    "examine",
    "learning_curve",
    "measure",
]
