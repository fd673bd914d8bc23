"""The challenger of one problem: who it is, and whether it may answer now."""

from __future__ import annotations

import structlog

from api.challenge.arms import Arms
from api.challenge.metrics import ChallengeMetrics, Hindrance, Missed
from api.challenge.settings import Challenge
from api.challenge.slot import ChallengerSlot
from api.slots import Serving, Slot
from ml.logs import describe

log = structlog.get_logger()


class Challenger:
    """The model that is tried beside production's.

    Args:
        challenge: how it is tried.
        champion: the slot of production.
        slot: its own.
        metrics: counts what it misses.
    """

    def __init__(
        self, challenge: Challenge, champion: Slot, slot: ChallengerSlot, metrics: ChallengeMetrics
    ) -> None:
        self.challenge = challenge
        self.slot = slot
        self.metrics = metrics
        salt = challenge.salt or f"challenger-{slot.name}"
        self.arms = Arms(slot.problem.group_key, challenge.share, salt)
        self._champion = champion
        self._fails = False
        champion.challenger = slot

    @property
    def hindrance(self) -> Hindrance | None:
        """Why it may not score now; `None` where it may."""
        if self.slot.wanted is None:
            return "refused" if self.slot.failure else "no_model"
        return "same_version" if self.slot.version == self._champion.version else None

    @property
    def serving(self) -> Serving | None:
        """The model, where it may score now."""
        return None if self.hindrance else self.slot.wanted

    def missed(self, reason: Missed, records: int) -> None:
        """Count records that it did not score."""
        self.metrics.missed.labels(self.slot.name, reason).inc(records)

    def failed(self, error: Exception, records: int) -> None:
        """Count records that it failed at; only the first of a row of failures is logged."""
        self.missed("failed", records)
        if not self._fails:
            about = {"version": self.slot.version, "error": describe(error)}
            log.error("challenger_failed", problem=self.slot.name, **about)
        self._fails = True

    def succeeded(self) -> None:
        """Note that it scored, so that the next failure is logged."""
        self._fails = False
