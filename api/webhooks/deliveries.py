"""The deliveries taken last: none is taken twice, and every worker gets to know of each.

One empty file for each, in a folder that the workers of a machine share. That it cannot be
made twice refuses a repetition, whichever worker it comes to; that it is new tells every
worker, each of which looks into the folder a few times a second.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from pathlib import Path

from api.webhooks.errors import RepeatedDelivery


class Deliveries:
    """The notes of the deliveries taken last.

    Args:
        folder: where they lie; made when the first is taken.
        keep_seconds: for how long; by then a signature must have gone stale.
    """

    def __init__(self, folder: Path, keep_seconds: float) -> None:
        self._folder = folder
        self._keep_seconds = keep_seconds

    def note(self, delivery: str, problem: str | None) -> None:
        """Note a delivery about a problem, or about none that is served.

        Raises:
            RepeatedDelivery: it was noted before.
            OSError: nothing can be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self._forget_old()
        # The id is signed together with the body: the same id is about the same problem.
        name = hashlib.sha256(delivery.encode()).hexdigest()
        try:
            (self._folder / f"{problem or ''}.{name}").touch(exist_ok=False)
        except FileExistsError:
            raise RepeatedDelivery from None

    def notes(self) -> frozenset[str]:
        """Return the notes there are, by name; none where the folder cannot be read."""
        try:
            return frozenset(path.name for path in self._folder.iterdir())
        except OSError:
            return frozenset()  # nobody can have told; the registry is asked now and then anyway

    def _forget_old(self) -> None:
        oldest = time.time() - self._keep_seconds
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):  # another worker may do the same
                if path.stat().st_mtime < oldest:
                    path.unlink()


def problem_of(note: str) -> str:
    """Return the problem that a note is about, empty where it is about none."""
    return note.partition(".")[0]
