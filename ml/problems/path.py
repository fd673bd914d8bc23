"""Where problems lie besides `ml/problems`: in the folders that `VIGIA_PROBLEMS_PATH` names.

A DAG file looks for problems, and must be read fast: this setting is read without the others.
"""

from __future__ import annotations

import os
from pathlib import Path

PROBLEMS_PATH = "VIGIA_PROBLEMS_PATH"


def problems_path() -> tuple[Path, ...]:
    """Return the folders that hold further problems, as packages.

    Their code runs with the rights of whoever finds them.
    """
    return folders(os.environ.get(PROBLEMS_PATH, ""))


def folders(named: str) -> tuple[Path, ...]:
    """Return folders that are separated as in `PATH`."""
    each = (folder for folder in named.split(os.pathsep) if folder)
    return tuple(Path(folder).expanduser().resolve() for folder in each)
