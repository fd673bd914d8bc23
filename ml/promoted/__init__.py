"""Which version of a model is promoted: all that a service needs to know of a registry.

A registry in MLflow (`ml.registry`) is one source of it, a bundle on this machine's disk
(`ml.promoted.on_disk`) is another. Nothing here imports MLflow.
"""

from ml.promoted.source import Source
from ml.promoted.version import PREVIOUS, PRODUCTION, STAGES, STAGING, Version

__all__ = ["PREVIOUS", "PRODUCTION", "STAGES", "STAGING", "Source", "Version"]
