"""What the shapes share."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeAlias

from load_settings import load

from locust import LoadTestShape

SETTINGS = load()

# Users, and how many of them come or go in a second.
Step: TypeAlias = tuple[int, float]


class Timed(LoadTestShape):
    """A shape that is told by the share of its time that has gone by."""

    abstract = True

    def tick(self) -> Step | None:
        """Return what Locust asks for every second; `None` ends the run."""
        seconds: float = self.get_run_time()  # type: ignore[no-untyped-call] # not typed
        share = seconds / SETTINGS.shape_seconds
        return None if share >= 1 else self.at(share)

    @abstractmethod
    def at(self, share: float) -> Step:
        """Return the users at a share of the time, from 0 to below 1."""
