"""Bundles that enter the registry, and where they stand there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ml.problems.problem import Problem
from ml.problems.text import Text
from ml.registry import (
    PREVIOUS,
    PRODUCTION,
    STAGING,
    Promotion,
    Registry,
    Verdict,
    Version,
    promote,
    record,
)
from ml.registry.client import STAGE_TAG
from ml.registry.verdict import store
from ml.training import Trained

Make = Callable[..., Trained]


def enter(
    registry: Registry, problem: Problem, trained: Trained, *, passed: bool = True
) -> tuple[Version, Promotion]:
    """Record a bundle, give it a verdict, and ask for its promotion."""
    version = record(registry, trained, "run")
    judged(registry, version, passed=passed)
    return version, promote(registry, problem, version.number, "a test")


def judged(registry: Registry, version: Version, *, passed: bool = True) -> Verdict:
    """Store a verdict; `test_judging` shows where a real one comes from."""
    current = registry.production(version.name)
    verdict = Verdict(
        version=version.number,
        passed=passed,
        reason=Text("all is well", "todo bien")
        if passed
        else Text("something is wrong", "algo va mal"),
        against=current.number if current else None,
        at=datetime.now(UTC),
        by="a test",
    )
    return store(registry, version, verdict)


def stage(registry: Registry, version: Version) -> str:
    found = registry.client.get_model_version(version.name, version.number)
    return str(found.tags[STAGE_TAG])


def held(registry: Registry, problem: Problem) -> dict[str, str | None]:
    """Which version holds which alias."""
    holders = {a: registry.holder(problem.name, a) for a in (PRODUCTION, STAGING, PREVIOUS)}
    return {alias: None if found is None else found.number for alias, found in holders.items()}
