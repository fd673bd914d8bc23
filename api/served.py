"""Which version each problem served last, kept for a start without the registry."""

from __future__ import annotations

from pathlib import Path

import msgspec
import structlog

from ml.promoted import Version

log = structlog.get_logger()

# Made at import: two threads that make msgspec look at one class at once end the process.
_DECODER = msgspec.json.Decoder(Version)


class Served:
    """One small JSON file for each problem in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def remember(self, problem: str, version: Version) -> None:
        """Note the version; a folder that cannot be written is logged, and no more.

        Serving goes on without the note: only a start without the registry needs it.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            scratch = self._path(problem).with_suffix(".new")
            scratch.write_bytes(msgspec.json.encode(version))
            scratch.replace(self._path(problem))
        except OSError as error:
            log.warning("served_version_not_noted", problem=problem, reason=error.strerror)

    def recall(self, problem: str) -> Version | None:
        """Return the version noted last, or `None` where there is no readable note."""
        try:
            return _DECODER.decode(self._path(problem).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            log.warning("served_version_unreadable", problem=problem, reason=str(error))
            return None

    def digests(self) -> set[str]:
        """Return the digests that any problem served last, also of other services here."""
        noted = (self.recall(path.stem) for path in self._folder.glob("*.json"))
        return {version.digest for version in noted if version is not None}

    def _path(self, problem: str) -> Path:
        return self._folder / f"{problem}.json"
