"""The versions of a problem's model: when each was made, how good it is, what was decided."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from api.slots import Slot
from ml.problems.text import Text

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

    from ml.registry import Registry

MOST_VERSIONS = 50
_GATE_TAG = "vigia.gate"


class Decision(msgspec.Struct, frozen=True):
    """What the gates said of a version.

    Args:
        passed: whether it may be in production.
        reason: why, or why not; the English twice where nobody wrote it in Spanish.
        at: when.
        by: who asked.
    """

    passed: bool
    reason: Text
    at: datetime
    by: str


class KnownVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version, as the registry knows it.

    Args:
        version: its number.
        stage: None, Staging, Production or Archived.
        data: real or synthetic.
        digest: of its bundle.
        created: when it was registered; of a bundle on disk, when it came into service here.
        metrics: of its run, by name; an interval's ends end in `_low` and `_high`.
        decision: null where nobody has judged it.
    """

    version: str
    stage: str
    data: str
    digest: str
    created: datetime
    metrics: dict[str, float]
    decision: Decision | None


class Versions(msgspec.Struct, frozen=True):
    """The newest versions of a problem's model, the newest first."""

    problem: str
    versions: list[KnownVersion]


class _Verdict(msgspec.Struct, frozen=True):
    """The verdict as it is stored with a version; of old, its reason is in English alone."""

    reason: Text | str
    at: datetime
    by: str
    promoted: bool = False
    passed: bool = False


def in_service(slot: Slot) -> Versions:
    """Return the version in service alone: there is no registry that knows of others."""
    serving = slot.current
    if serving is None:
        return Versions(slot.name, [])
    version, measured = serving.version, serving.model.info["metrics"]
    ends = {"": "value", "_low": "low", "_high": "high"}
    metrics = {
        f"{name}{end}": interval[member]
        for name, interval in measured.items()
        for end, member in ends.items()
    }
    known = KnownVersion(
        version=version.number,
        stage=version.stage,
        data=version.data,
        digest=version.digest,
        created=serving.loaded_at,
        metrics=metrics,
        decision=None,
    )
    return Versions(slot.name, [known])


def versions(registry: Registry, problem: str) -> Versions:
    """Return the newest versions of a problem's model; two questions to the registry.

    Raises:
        RegistryUnavailable: the server does not answer as it should.
    """
    return registry.call(_versions, registry, problem)


def _versions(registry: Registry, problem: str) -> Versions:
    found = registry.client.search_model_versions(
        f"name = '{problem}'", max_results=MOST_VERSIONS, order_by=["version_number DESC"]
    )
    runs = _runs(registry, problem, [version.run_id for version in found if version.run_id])
    known = [_known(version, runs.get(version.run_id or "")) for version in found]
    return Versions(problem, known)


def _runs(registry: Registry, problem: str, ids: list[str]) -> dict[str, Run]:
    experiment = registry.client.get_experiment_by_name(problem) if ids else None
    if experiment is None:
        return {}
    listed = ", ".join(f"'{run_id}'" for run_id in ids)
    runs = registry.client.search_runs(
        [experiment.experiment_id], f"attributes.run_id IN ({listed})", max_results=MOST_VERSIONS
    )
    return {run.info.run_id: run for run in runs}


def _known(found: ModelVersion, run: Run | None) -> KnownVersion:
    # Whoever has a registry has imported it before; a bundle on disk needs none.
    from ml.registry.client import describe  # noqa: PLC0415

    version, tags = describe(found), dict[str, Any](found.tags)
    return KnownVersion(
        version=version.number,
        stage=version.stage,
        data=version.data,
        digest=version.digest,
        created=datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
        metrics=dict(run.data.metrics) if run is not None else {},
        decision=_decision(tags.get(_GATE_TAG)),
    )


def _decision(stored: str | None) -> Decision | None:
    if stored is None:
        return None
    verdict = msgspec.json.decode(stored, type=_Verdict)
    told = verdict.reason
    reason = told if isinstance(told, Text) else Text.same(told)
    return Decision(verdict.promoted or verdict.passed, reason, verdict.at, verdict.by)
