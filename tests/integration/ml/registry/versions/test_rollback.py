"""The version before comes back, and what was withdrawn stays away."""

from __future__ import annotations

import pytest

from ml.errors import BundleInvalid, NoModel, UserError
from ml.problems.problem import Problem
from ml.registry import (
    PREVIOUS,
    PRODUCTION,
    STAGING,
    Registry,
    moves,
    record,
    rollback,
)
from ml.registry.client import DIGEST_TAG, WITHDRAWN_TAG
from tests.integration.ml.registry.versions.entered import Make, enter, held, stage


def test_a_rollback_puts_the_version_before_back_and_says_who_and_why(
    registry: Registry, problem: Problem, make: Make
) -> None:
    first, _ = enter(registry, problem, make(0.7))
    second, _ = enter(registry, problem, make(0.71))
    move = rollback(registry, problem, "Ana", "alarms on ward 3")
    assert (move.action, move.version, move.replaced) == ("rolled back", "1", "2")
    assert (move.by, move.why) == ("Ana", "alarms on ward 3")
    assert moves(registry, problem.name)[-1] == move
    assert held(registry, problem) == {PRODUCTION: "1", STAGING: None, PREVIOUS: None}
    assert (stage(registry, first), stage(registry, second)) == ("Production", "Archived")
    assert registry.tags(second)[WITHDRAWN_TAG] == "rolled back by Ana: alarms on ward 3"


def test_rollbacks_go_further_back_and_never_forth(
    registry: Registry, problem: Problem, make: Make
) -> None:
    for auroc in (0.7, 0.71, 0.72):
        enter(registry, problem, make(auroc))
    assert rollback(registry, problem, "Ana", "bad").version == "2"
    assert held(registry, problem)[PREVIOUS] == "1"
    assert rollback(registry, problem, "Ana", "worse").version == "1"
    with pytest.raises(NoModel, match=r"version 1 is the first of .* in production: name the"):
        rollback(registry, problem, "Ana", "still bad")
    assert rollback(registry, problem, "Ana", "it was the data", to="3").version == "3"
    assert held(registry, problem) == {PRODUCTION: "3", STAGING: None, PREVIOUS: "1"}
    assert WITHDRAWN_TAG not in registry.tags(registry.version(problem.name, "3"))


def test_a_rolled_back_bundle_does_not_come_back_to_staging(
    registry: Registry, problem: Problem, make: Make
) -> None:
    """Or tomorrow's training on the same data would undo the rollback."""
    enter(registry, problem, make(0.7))
    trained = make(0.71)
    enter(registry, problem, trained)
    rollback(registry, problem, "Ana", "bad")
    again = record(registry, trained, "tomorrow")
    assert (again.number, again.stage) == ("2", "Archived")
    assert held(registry, problem)[STAGING] is None


@pytest.mark.parametrize(
    "case",
    [
        (" ", "", UserError, "a rollback needs a reason"),
        ("x", "2", UserError, "version 2 of .* is in production already"),
        ("x", "3", UserError, "version 3 of .* was never in production: promote it"),
        ("x", "9", NoModel, "there is no version '9'"),
    ],
)
def test_a_rollback_that_makes_no_sense_is_refused(
    registry: Registry,
    problem: Problem,
    make: Make,
    case: tuple[str, str, type[Exception], str],
) -> None:
    why, to, error, message = case
    if not registry.versions(problem.name):
        enter(registry, problem, make(0.7))
        enter(registry, problem, make(0.71))
        record(registry, make(0.72), "run")
    with pytest.raises(error, match=message):
        rollback(registry, problem, "Ana", why, to)
    assert held(registry, problem)[PRODUCTION] == "2"


def test_a_rollback_to_a_spoilt_bundle_moves_nothing(
    registry: Registry, problem: Problem, make: Make
) -> None:
    first, _ = enter(registry, problem, make(0.7))
    enter(registry, problem, make(0.71))
    registry.client.set_model_version_tag(problem.name, first.number, DIGEST_TAG, "0" * 64)
    with pytest.raises(BundleInvalid, match="the registry names 000"):
        rollback(registry, problem, "Ana", "bad")
    assert held(registry, problem)[PRODUCTION] == "2"
    assert moves(registry, problem.name)[-1].action == "promoted"


def test_without_a_model_there_is_nothing_to_roll_back(
    registry: Registry, problem: Problem
) -> None:
    with pytest.raises(NoModel, match="there is nothing to roll back"):
        rollback(registry, problem, "Ana", "bad")
    assert moves(registry, problem.name) == []
