"""Where the stages find and leave things, relative to `dvc.yaml`, which names them too."""

from __future__ import annotations

from pathlib import Path

PARAMETERS = Path("params.yaml")
LOCK = Path("dvc.lock")
CLEAN = Path("data/processed")
BUNDLE = Path("models/bundle")
METRICS = Path("models/metrics.json")
PLOTS = Path("models/plots")
