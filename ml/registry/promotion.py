"""Promotion: the move from `staging` to `production`, and what goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ml.promoted import PREVIOUS, PRODUCTION, STAGING
from ml.registry.client import STAGE_TAG, WITHDRAWN_TAG
from ml.registry.moves import moves, record_move, reigns
from ml.registry.verdict import verdict_on

if TYPE_CHECKING:
    from ml.problems.problem import Problem
    from ml.promoted import Version
    from ml.registry.client import Registry


class Promotion(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking for a promotion.

    Args:
        version: the version that was to be promoted.
        promoted: whether it is in production now.
        reason: why, or why not.
        replaced: the version that made way for it.
    """

    version: str
    promoted: bool
    reason: str
    replaced: str | None = None


def promote(
    registry: Registry, problem: Problem, number: str, by: str, despite: str = ""
) -> Promotion:
    """Put a version into production that has passed the gates.

    Args:
        registry: holds the versions.
        problem: whose model it is.
        number: the version; it has been judged.
        by: who asks.
        despite: why it is to be promoted although gates have failed; empty where those
            shall decide.

    Raises:
        NoModel: there is no such version, or nobody has judged it.
        RegistryUnavailable: the server does not answer as it should.
    """
    return registry.call(_promote, registry, problem, number, by, despite)


def _promote(registry: Registry, problem: Problem, number: str, by: str, despite: str) -> Promotion:
    version = registry.version(problem.name, number)
    current = registry.production(problem.name)
    if current is not None and current.number == number:
        settle(registry, version)  # what a kill in mid-move may have left undone
        return Promotion(version=number, promoted=True, reason="it is in production already")
    verdict = verdict_on(registry, version)
    if verdict.against != (current.number if current else None):
        reason = "production has changed since it was judged: judge it again"
        return Promotion(version=number, promoted=False, reason=reason)
    said = verdict.reason.en  # what goes on record is read by those who run the registry
    if not verdict.passed and not despite:
        return Promotion(version=number, promoted=False, reason=said)
    why = said if verdict.passed else f"{despite} (despite: {said})"
    put_into_production(registry, version, current, by, why)
    return Promotion(
        version=number, promoted=True, reason=why, replaced=current.number if current else None
    )


def put_into_production(
    registry: Registry, version: Version, current: Version | None, by: str, why: str
) -> None:
    """Put a promotion on record, and move the alias."""
    record_move(registry, "promoted", version, current, by, why)
    registry.client.set_registered_model_alias(version.name, PRODUCTION, version.number)
    registry.client.delete_model_version_tag(version.name, version.number, WITHDRAWN_TAG)
    settle(registry, version)


def decline(  # who, what and why belong together
    registry: Registry, problem: Problem, number: str, by: str, why: str, *, for_good: bool
) -> Promotion:
    """Put on record that a person did not let a version into production.

    Args:
        registry: holds the versions.
        problem: whose model it is.
        number: the version; it stays in staging.
        by: who declined, or who should have answered.
        why: the reason.
        for_good: whether the same bundle is to be refused from now on, too.

    Raises:
        NoModel: there is no such version.
        RegistryUnavailable: the server does not answer as it should.
    """
    version = registry.version(problem.name, number)
    reason = why.strip() or "no reason was given"
    registry.call(record_move, registry, "declined", version, None, by, reason)
    if for_good:
        set_tag = registry.client.set_model_version_tag
        registry.call(set_tag, version.name, number, WITHDRAWN_TAG, f"declined by {by}: {reason}")
    return Promotion(version=number, promoted=False, reason=f"declined by {by}: {reason}")


def settle(registry: Registry, version: Version) -> None:
    """Bring `previous`, `staging` and the stage tags in line with production; repeatable."""
    client, name = registry.client, version.name
    line = reigns(moves(registry, name), version.number)
    if len(line) > 1:
        client.set_registered_model_alias(name, PREVIOUS, line[-2])
    elif registry.holder(name, PREVIOUS) is not None:
        client.delete_registered_model_alias(name, PREVIOUS)
    waiting = registry.holder(name, STAGING)
    if waiting is not None and waiting.number == version.number:
        client.delete_registered_model_alias(name, STAGING)
    client.set_model_version_tag(name, version.number, STAGE_TAG, "Production")
    for other in registry.versions(name, stage="Production"):
        if other.number != version.number:
            client.set_model_version_tag(name, other.number, STAGE_TAG, "Archived")
