"""The model registry in MLflow: log, register, promote, and fetch for serving."""

from ml.registry.client import PREVIOUS, PRODUCTION, STAGING, Registry, Version
from ml.registry.promotion import Verdict, judge, promote
from ml.registry.recording import record

__all__ = [
    "PREVIOUS",
    "PRODUCTION",
    "STAGING",
    "Registry",
    "Verdict",
    "Version",
    "judge",
    "promote",
    "record",
]
