"""A slot holds the model that serves one problem.

A request takes `slot.current` once and works with that `Serving` to its end, so it sees
exactly one version; a swap only changes which one the next request takes. A slot is
written on the event loop alone, under its lock.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import ClassVar, Literal, Protocol, TypeAlias

import anyio
import msgspec
import structlog

from api.metrics import Metrics
from ml.bundle import LoadedModel
from ml.errors import NoModel
from ml.problems import Problem
from ml.promoted import PRODUCTION, Version

log = structlog.get_logger()

NoAlias: TypeAlias = Literal["no_production_alias", "no_staging_alias"]
RegistryState: TypeAlias = Literal["not_asked", "reachable", "unreachable"] | NoAlias
LONGEST_PAUSE_SECONDS = 600.0


class Audit(Protocol):
    """Keeps what was done to a model."""

    def __call__(self, action: str, problem: str, caller: str = "", **about: str) -> None:
        """Keep one row: who did what to which problem's model; `about` has its version."""


class Serving(msgspec.Struct, frozen=True):
    """A model in service: all that one request sees."""

    version: Version
    model: LoadedModel
    loaded_at: datetime


class Failure(msgspec.Struct, frozen=True):
    """Why the promoted version does not serve, after how many attempts."""

    version: str
    reason: str
    at: datetime
    attempts: int


class Slot:
    """The place of one problem's model, the one before it, and what last went wrong.

    Args:
        problem: whose model it is.
        metrics: counts what happens to the slot.
        pause_seconds: how long a refused version rests; it doubles with every refusal.
        audit: keeps what was done to the slot.
    """

    alias: ClassVar[str] = PRODUCTION
    no_alias: ClassVar[NoAlias] = "no_production_alias"
    audited_as: ClassVar[str] = ""

    def __init__(
        self, problem: Problem, metrics: Metrics, pause_seconds: float, audit: Audit
    ) -> None:
        self.problem = problem
        self.name = problem.name
        self.lock = anyio.Lock()
        self.challenger: Slot | None = None
        self.current: Serving | None = None
        self.previous: Serving | None = None
        self.failure: Failure | None = None
        self.registry_state: RegistryState = "not_asked"
        self._metrics = metrics
        self._audit = audit
        self._pause_seconds = pause_seconds
        self._rests_until = 0.0

    def serving(self) -> Serving:
        """Return the model in service, or raise `NoModel`."""
        if self.current is None:
            why = f": {self.failure.reason}" if self.failure else ""
            message = (
                f"no model of {self.name} is loaded (registry: {self.registry_state}){why}; "
                f"train and promote one, it is picked up by itself"
            )
            raise NoModel(message)
        return self.current

    @property
    def version(self) -> str | None:
        """The number of the version in service."""
        return self.current.version.number if self.current else None

    def serves(self, version: Version) -> bool:
        """Tell whether the promoted version is the one in service, and then note its stage.

        The registry changes a version's stage after its alias: the same model, so no swap.
        """
        now = self.current
        if now is None or (now.version.number, now.model.digest) != (
            version.number,
            version.digest,
        ):
            return False
        self.current = msgspec.structs.replace(now, version=version)
        self.failure = None
        return True

    def put(
        self, version: Version, model: LoadedModel, result: Literal["swapped", "restored"]
    ) -> None:
        """Let a verified model serve from the next request on; keep the one before it."""
        self.previous, self.current = self.current, Serving(version, model, datetime.now(UTC))
        if result == "swapped":
            self.failure = None
        action = self.audited_as + result
        self._audit(action, self.name, version=version.number, digest=model.digest)
        self._metrics.model_serves(
            (self.name, self.alias), version.number, model.digest, model.data, result
        )
        self._metrics.model_reached((self.name, self.alias), model.info["metrics"])
        log.info(
            "model_serves",
            problem=self.name,
            alias=self.alias,
            result=result,
            version=version.number,
            digest=model.digest,
        )

    def refuse(self, version: Version, reason: str) -> None:
        """Note that a version may not serve, and let it rest before the next attempt."""
        last = self.failure
        attempts = last.attempts + 1 if last and last.version == version.number else 1
        pause = min(self._pause_seconds * 2**attempts, LONGEST_PAUSE_SECONDS)
        self._rests_until = time.monotonic() + pause
        self.failure = Failure(version.number, reason, datetime.now(UTC), attempts)
        self._metrics.swaps.labels(self.name, self.alias, "failed").inc()
        action = f"{self.audited_as}refused"
        self._audit(action, self.name, version=version.number, digest=version.digest, detail=reason)
        log.error(
            "model_refused",
            problem=self.name,
            alias=self.alias,
            version=version.number,
            reason=reason,
            attempts=attempts,
            next_attempt_seconds=pause,
        )

    def spoiled(self, version: Version, reason: str) -> None:
        """Note that the copy of a version on this machine may not serve; it is fetched anew."""
        self._metrics.swaps.labels(self.name, self.alias, "cache_refused").inc()
        action = f"{self.audited_as}cache_refused"
        self._audit(action, self.name, version=version.number, digest=version.digest, detail=reason)
        log.warning("cached_bundle_refused", problem=self.name, alias=self.alias, reason=reason)

    def withdrawn(self) -> None:
        """Note that no version holds the alias: the last model serves on."""

    def rests(self, version: Version) -> bool:
        """Tell whether the version was refused and its pause is not over."""
        refused = self.failure is not None and self.failure.version == version.number
        return refused and time.monotonic() < self._rests_until

    def note_registry(self, state: RegistryState, reason: str = "") -> None:
        """Note what the registry said; only a change reaches the log."""
        self._metrics.registry_up.labels(self.name).set(state != "unreachable")
        if state != self.registry_state:
            tell = log.info if state == "reachable" else log.warning
            tell(
                "registry_state",
                problem=self.name,
                alias=self.alias,
                state=state,
                reason=reason,
                serving=self.version,
            )
        self.registry_state = state
