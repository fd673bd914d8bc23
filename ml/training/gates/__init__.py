"""The gates between a trained model and production, as pure functions of the evidence."""

from ml.bundle.check import Check
from ml.training.gates.evidence import Evidence, Judged, Package, TestPart, ask, resamples
from ml.training.gates.judgement import judge
from ml.training.gates.leak import contributions

__all__ = [
    "Check",
    "Evidence",
    "Judged",
    "Package",
    "TestPart",
    "ask",
    "contributions",
    "judge",
    "resamples",
]
