"""A version goes into production, or stays out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.bundle import load
from ml.errors import NoModel
from ml.problems.problem import Problem
from ml.registry import (
    PREVIOUS,
    PRODUCTION,
    STAGING,
    Promotion,
    Registry,
    decline,
    moves,
    promote,
    record,
)
from ml.registry.client import WITHDRAWN_TAG
from ml.registry.moves import record_move
from tests.integration.ml.registry.versions.entered import Make, enter, held, judged, stage


def test_the_first_model_is_promoted_and_can_be_fetched(
    registry: Registry,
    problem: Problem,
    make: Make,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert registry.production(problem.name) is None
    trained = make()
    version, done = enter(registry, problem, trained)
    assert done == Promotion(version="1", promoted=True, reason="all is well")
    assert held(registry, problem) == {PRODUCTION: "1", STAGING: None, PREVIOUS: None}
    assert stage(registry, version) == "Production"
    found = registry.production(problem.name)
    assert found is not None
    capfd.readouterr()
    folder = registry.fetch(found, tmp_path / "fetched")
    assert capfd.readouterr().err == ""  # a service's log holds JSON alone
    assert load(folder, expected_digest=found.digest).digest == trained.digest


def test_the_next_model_takes_over_and_the_old_one_stays_within_reach(
    registry: Registry, problem: Problem, make: Make
) -> None:
    first, _ = enter(registry, problem, make(0.7))
    second, done = enter(registry, problem, make(0.72))
    assert done.promoted
    assert done.replaced == "1"
    assert held(registry, problem) == {PRODUCTION: "2", STAGING: None, PREVIOUS: "1"}
    assert (stage(registry, first), stage(registry, second)) == ("Archived", "Production")


def test_a_refused_model_stays_in_staging(registry: Registry, problem: Problem, make: Make) -> None:
    enter(registry, problem, make(0.7))
    worse, done = enter(registry, problem, make(0.69), passed=False)
    assert (done.promoted, done.reason) == (False, "something is wrong")
    assert held(registry, problem) == {PRODUCTION: "1", STAGING: "2", PREVIOUS: None}
    assert stage(registry, worse) == "Staging"
    third = record(registry, make(0.71), "run")
    assert (stage(registry, worse), stage(registry, third)) == ("Archived", "Staging")


def test_a_model_that_nobody_has_judged_is_not_promoted(
    registry: Registry, problem: Problem, make: Make
) -> None:
    version = record(registry, make(), "run")
    with pytest.raises(NoModel, match="has not been judged yet"):
        promote(registry, problem, version.number, "a test")


def test_a_verdict_against_another_production_model_does_not_count(
    registry: Registry, problem: Problem, make: Make
) -> None:
    waiting = record(registry, make(0.71), "run")
    judged(registry, waiting)
    enter(registry, problem, make(0.7))
    done = promote(registry, problem, waiting.number, "a test")
    assert not done.promoted
    assert "production has changed since it was judged" in done.reason


def test_a_person_may_promote_despite_the_gates_and_is_on_record(
    registry: Registry, problem: Problem, make: Make
) -> None:
    version = record(registry, make(), "run")
    judged(registry, version, passed=False)
    done = promote(registry, problem, version.number, "Ana", "the board has agreed")
    assert done.promoted
    last = moves(registry, problem.name)[-1]
    assert (last.action, last.by) == ("promoted", "Ana")
    assert last.why == "the board has agreed (despite: something is wrong)"


def test_a_promotion_that_was_killed_half_way_is_finished_by_the_next(
    registry: Registry, problem: Problem, make: Make
) -> None:
    first, _ = enter(registry, problem, make(0.7))
    second = record(registry, make(0.71), "run")
    record_move(registry, "promoted", second, first, "a test", "why")
    registry.client.set_registered_model_alias(problem.name, PRODUCTION, second.number)
    assert promote(registry, problem, second.number, "again").promoted
    assert held(registry, problem) == {PRODUCTION: "2", STAGING: None, PREVIOUS: "1"}
    assert (stage(registry, first), stage(registry, second)) == ("Archived", "Production")


def test_a_declined_version_stays_in_staging_and_its_bundle_is_barred(
    registry: Registry, problem: Problem, make: Make
) -> None:
    version = record(registry, make(), "run")
    done = decline(registry, problem, version.number, "Ana", "look at ward 3", for_good=True)
    assert (done.promoted, done.reason) == (False, "declined by Ana: look at ward 3")
    assert held(registry, problem)[STAGING] == "1"
    assert registry.tags(version)[WITHDRAWN_TAG] == done.reason
    late = record(registry, make(0.72), "run")
    decline(registry, problem, late.number, "nobody in time", "", for_good=False)
    assert WITHDRAWN_TAG not in registry.tags(late)
    assert moves(registry, problem.name)[-1].why == "no reason was given"
