"""The slot of a challenger: it follows the alias `staging`, and only what that names."""

from __future__ import annotations

from typing import Literal

import structlog

from api.metrics import Metrics
from api.slots import Audit, Serving, Slot
from ml.bundle import LoadedModel
from ml.problems import Problem
from ml.promoted import STAGING, Version

log = structlog.get_logger()


class ChallengerSlot(Slot):
    """The place of a challenger.

    Production's slot serves its last model whatever becomes of the alias. A challenger is
    tried only as long as the registry is known to want it: it ends when the alias goes, or
    moves to a version that is refused. What has its model already still ends with it.
    """

    alias = STAGING
    no_alias = "no_staging_alias"
    audited_as = "challenger_"

    def __init__(
        self, problem: Problem, metrics: Metrics, pause_seconds: float, audit: Audit
    ) -> None:
        super().__init__(problem, metrics, pause_seconds, audit)
        self._ended = False

    @property
    def wanted(self) -> Serving | None:
        """The model to be tried, where there is one."""
        return None if self._ended else self.current

    def serves(self, version: Version) -> bool:
        """Tell whether the staged version is the one that is tried."""
        return not self._ended and super().serves(version)

    def put(
        self, version: Version, model: LoadedModel, result: Literal["swapped", "restored"]
    ) -> None:
        """Try a verified model from the next request on."""
        super().put(version, model, result)
        self._ended = False

    def refuse(self, version: Version, reason: str) -> None:
        """Note that the staged version may not serve; the one before it is staged no more."""
        super().refuse(version, reason)
        self._end("refused")

    def withdrawn(self) -> None:
        """End the trial: no version is staged."""
        self.failure = None
        self._end("no_staging_alias")

    def _end(self, reason: str) -> None:
        if self.current is None or self._ended:
            return
        self._ended = True
        version, digest = self.current.version.number, self.current.model.digest
        self._metrics.model_leaves((self.name, self.alias))
        self._audit(
            f"{self.audited_as}ended", self.name, version=version, digest=digest, detail=reason
        )
        log.info("challenger_ended", problem=self.name, version=version, reason=reason)
