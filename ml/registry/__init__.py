"""The model registry in MLflow: log, register, promote, roll back, and fetch for serving.

Judging needs what training needs, so that a service does not import it with the rest: it is
in `ml.registry.judging`.
"""

from ml.promoted import PREVIOUS, PRODUCTION, STAGING, Version
from ml.registry.client import Registry
from ml.registry.moves import Move, moves
from ml.registry.promotion import Promotion, decline, promote
from ml.registry.recording import record
from ml.registry.rollback import rollback
from ml.registry.verdict import Verdict

__all__ = [
    "PREVIOUS",
    "PRODUCTION",
    "STAGING",
    "Move",
    "Promotion",
    "Registry",
    "Verdict",
    "Version",
    "decline",
    "moves",
    "promote",
    "record",
    "rollback",
]
