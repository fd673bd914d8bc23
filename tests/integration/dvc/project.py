"""A project of DVC as the repository is one, with the toy problem."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from tests.integration.api.real_server import ROOT

DVC = Path(sys.prefix) / "dvc" / "bin" / "dvc"
_PARAMETERS = """
problem: toy
prepare: {source: synthetic, synthetic_rows: 3000, split_salt: vigia-2, seed: 1}
train: {seed: 1, threads: 2, bootstrap_replicates: 40}
"""


class Project:
    """A folder with what the repository tells DVC, and a cache of its own.

    Args:
        folder: made here.
        environment: what its commands know beside the usual.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.environment = environment or {}
        shutil.copytree(ROOT / ".dvc", folder / ".dvc", ignore=shutil.ignore_patterns("cache"))
        (folder / "data" / "raw").mkdir(parents=True)
        for name in ("dvc.yaml", ".dvcignore", ".gitignore", "data/raw/README.md"):
            shutil.copy(ROOT / name, folder / name)
        # The code itself: a copy would have to be compiled anew.
        (folder / "ml").symlink_to(ROOT / "ml")
        self.parameters = _PARAMETERS
        subprocess.run(("git", "init", "--quiet"), cwd=folder, check=True)

    @property
    def parameters(self) -> str:
        return (self.folder / "params.yaml").read_text()

    @parameters.setter
    def parameters(self, text: str) -> None:
        (self.folder / "params.yaml").write_text(text)

    def dvc(self, *arguments: str) -> str:
        """Run DVC as a person with the environment at hand does; return what it prints."""
        return self.run(str(DVC), *arguments)

    def run(self, *command: str, code: int = 0) -> str:
        caller = {name: value for name, value in os.environ.items() if "VIGIA" not in name}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=caller
            | {
                "PATH": f"{sys.prefix}/bin:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),  # the toy problem's own
                "VIGIA_PROBLEMS_PATH": str(ROOT / "tests" / "unit" / "api" / "declared"),
                "VIGIA_STATE_DIR": str(self.folder / ".vigia"),
                "DVC_SITE_CACHE_DIR": str(self.folder / ".dvc" / "site"),
            }
            | dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def digests(self) -> dict[str, Any]:
        """Return the MD5 of each output, by its path."""
        lock: Any = msgspec.yaml.decode((self.folder / "dvc.lock").read_bytes())
        outs = [out for stage in lock["stages"].values() for out in stage["outs"]]
        return {out["path"]: out["md5"] for out in outs}

    def forget(self) -> None:
        """Remove the cache and every output; the notes stay."""
        shutil.rmtree(self.folder / ".dvc" / "cache")
        for name in ("data/processed", "models/bundle", "models/plots"):
            shutil.rmtree(self.folder / name)

    def metrics(self) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.dvc("metrics", "show", "--json"))
        found: dict[str, Any] = shown[""]["data"]["models/metrics.json"]["data"]
        return found
