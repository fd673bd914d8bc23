"""Secrets of the embedded stack: made once, kept in the state folder, shown to nobody else."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


class Credentials:
    """Secrets by name, each in a file of its own that only its owner can read.

    Args:
        folder: where they are kept; made when the first is asked for.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> str:
        """Return the secret `name`: 64 characters, safe in a URL, the same at every call."""
        return self.find(name) or self.write(name, secrets.token_urlsafe(48)).read_text("ascii")

    def find(self, name: str) -> str | None:
        """Return the secret `name` if it has been written."""
        path = self._folder / name
        return path.read_text(encoding="ascii") if path.exists() else None

    def write(self, name: str, content: str) -> Path:
        """Keep `content` under `name` and return its file.

        The file appears complete or not at all, so that a kill leaves no half secret.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / name
        unfinished = self._folder / f".{name}"
        unfinished.unlink(missing_ok=True)
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
        ) as file:
            file.write(content)
        return unfinished.replace(path)
