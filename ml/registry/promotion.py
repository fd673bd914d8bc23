"""Promotion: the gate between `staging` and `production`."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from mlflow.exceptions import MlflowException

from ml.errors import NoModel
from ml.registry.client import DATA_TAG, NOT_THERE, PREVIOUS, PRODUCTION, STAGE_TAG, STAGING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml.problems.problem import Problem
    from ml.registry.client import Registry, Version

GATE_TAG = "vigia.gate"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate decided, and why.

    Args:
        promoted: whether the version is in production now.
        reason: one sentence with the measured values.
        version: the version that was judged.
        at: when, UTC.
        by: who asked.
    """

    promoted: bool
    reason: str
    version: str
    at: datetime
    by: str


def promote(registry: Registry, problem: Problem, number: str, by: str) -> Verdict:
    """Judge a version against the one in production, and move the alias if it may.

    The verdict is stored with the version, also when it is a refusal.

    Raises:
        NoModel: there is no such version.
        RegistryUnavailable: the server does not answer as it should.
    """
    return registry.call(_promote, registry, problem, number, by)


def _promote(registry: Registry, problem: Problem, number: str, by: str) -> Verdict:
    current = registry.production(problem.name)
    if current is not None and current.number == number:
        _mirror(registry, problem.name, number)  # what a kill in mid-move may have left undone
        return _verdict(number, by, promoted=True, reason="it is in production already")
    candidate = _measured(registry, problem.name, number)
    reigning = _measured(registry, problem.name, current.number) if current else None
    promoted, reason = judge(problem, candidate, reigning)
    verdict = _verdict(number, by, promoted=promoted, reason=reason)
    registry.client.set_model_version_tag(
        problem.name, number, GATE_TAG, msgspec.json.encode(verdict).decode()
    )
    if promoted:
        _move(registry, problem.name, number, current)
    return verdict


def judge(
    problem: Problem, candidate: Mapping[str, object], reigning: Mapping[str, object] | None
) -> tuple[bool, str]:
    """Return whether a candidate may go into production, and the reason.

    Args:
        problem: declares the limits.
        candidate: `data` and `auroc` of the candidate.
        reigning: the same of the production version, if there is one.
    """
    auroc, limits = float(str(candidate["auroc"])), problem.limits
    if not math.isfinite(auroc):
        return False, "the AUROC is not a number: the test part cannot judge this model"
    if auroc > limits.suspect_auroc and candidate["data"] == "real":
        return False, f"AUROC {auroc:.4f} is above {limits.suspect_auroc}: a leak is suspected"
    if reigning is None:
        return True, f"AUROC {auroc:.4f}; there was no model in production"
    if reigning["data"] != candidate["data"]:
        promoted = candidate["data"] == "real"
        return promoted, f"{candidate['data']} data against {reigning['data']} data in production"
    before = float(str(reigning["auroc"]))
    promoted = auroc >= before - limits.worse_auroc
    relation = "not worse than" if promoted else "worse than"
    return promoted, (
        f"AUROC {auroc:.4f} is {relation} {before:.4f} in production (margin {limits.worse_auroc})"
    )


def _measured(registry: Registry, name: str, number: str) -> dict[str, object]:
    try:
        version = registry.client.get_model_version(name, number)
    except MlflowException as error:
        if error.error_code in NOT_THERE:
            raise NoModel(f"there is no version {number!r} of {name}; see MLflow's list") from None
        raise
    if not version.run_id:
        raise NoModel(f"version {number} of {name} has no run: train and register it again")
    run = registry.client.get_run(version.run_id)
    # A run of somebody else's may have measured nothing; the gate then refuses it.
    return {"data": version.tags.get(DATA_TAG), "auroc": run.data.metrics.get("auroc", math.nan)}


def _verdict(number: str, by: str, *, promoted: bool, reason: str) -> Verdict:
    return Verdict(promoted=promoted, reason=reason, version=number, at=datetime.now(UTC), by=by)


def _move(registry: Registry, name: str, number: str, current: Version | None) -> None:
    """Move the aliases. `previous` first: a kill in between loses no way back."""
    client = registry.client
    if current is not None:
        client.set_registered_model_alias(name, PREVIOUS, current.number)
    client.set_registered_model_alias(name, PRODUCTION, number)
    _mirror(registry, name, number)


def _mirror(registry: Registry, name: str, number: str) -> None:
    """Bring the stage tags and `staging` in line with the production alias; repeatable."""
    client = registry.client
    previous = registry.holder(name, PREVIOUS)
    if previous is not None:
        client.set_model_version_tag(name, previous.number, STAGE_TAG, "Archived")
    client.set_model_version_tag(name, number, STAGE_TAG, "Production")
    waiting = registry.holder(name, STAGING)
    if waiting is not None and waiting.number == number:
        client.delete_registered_model_alias(name, STAGING)
