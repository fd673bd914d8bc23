from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from ml.bundle import Interval, load, write
from ml.errors import BundleInvalid, NoModel, RegistryUnavailable, UserError
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
    decline,
    moves,
    promote,
    record,
    rollback,
)
from ml.registry.client import DIGEST_TAG, STAGE_TAG, WITHDRAWN_TAG
from ml.registry.moves import record_move
from ml.registry.verdict import store
from ml.training import Trained
from tests import toy
from tests.ports import free_port

Make = Callable[..., Trained]


@pytest.fixture
def registry(mlflow_uri: str) -> Registry:
    return Registry(mlflow_uri)


@pytest.fixture
def problem(request: pytest.FixtureRequest) -> Problem:
    """A registered model of its own for each test of the one server."""
    name = request.node.name.partition("[")[0].removeprefix("test_")
    return msgspec.structs.replace(toy.problem, name=name)


@pytest.fixture
def make(trained: Trained, problem: Problem, tmp_path: Path) -> Make:
    """Make bundles that differ in what the gate looks at."""

    def made(auroc: float = 0.7, data: Literal["real", "synthetic"] = "real") -> Trained:
        content = msgspec.structs.replace(
            trained.content,
            schema=msgspec.structs.replace(trained.content.schema, problem=problem.name),
            data=data,
            metrics=trained.content.metrics | {"auroc": Interval(auroc, 0.6, 0.8)},
        )
        folder = tmp_path / f"{data}-{auroc}-{time.monotonic_ns()}"
        return Trained(folder, write(content, folder), content)

    return made


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


def test_a_recorded_bundle_is_described_in_full(
    registry: Registry, problem: Problem, make: Make
) -> None:
    trained = make()
    version = record(registry, trained, "my run")
    assert (version.number, version.digest, version.data) == ("1", trained.digest, "real")
    assert version.stage == "Staging"
    run = registry.client.get_run(version.run_id)
    assert run.info.run_name == "my run"
    assert run.data.params["seed"] == "1"
    assert run.data.params["algorithm"] == "random_forest"
    assert run.data.params["trees"] == "40"
    assert run.data.metrics["auroc"] == 0.7
    assert run.data.metrics["auroc_low"] == 0.6
    assert run.data.metrics["brier"] == trained.content.metrics["brier"].value
    assert run.data.metrics["rows_train"] == trained.content.rows["train"]
    assert run.data.tags["vigia.data_hash"] == trained.content.lineage["data_hash"]
    assert run.inputs is not None
    dataset = run.inputs.dataset_inputs[0].dataset
    assert dataset.name == problem.name
    assert trained.content.lineage["data_hash"].startswith(dataset.digest)
    assert json.loads(dataset.source)["tags"]["source"] == "synthetic"


def test_the_signature_names_every_input_as_optional(
    registry: Registry, problem: Problem, make: Make, tmp_path: Path
) -> None:
    version = record(registry, make(), "run")
    folder = registry.fetch(version, tmp_path / "fetched").parent
    from mlflow.models import Model  # noqa: PLC0415 - takes a second that other tests need not

    model = Model.load(str(folder))
    assert model.signature is not None
    inputs = model.signature.inputs.to_dict()
    assert [column["name"] for column in inputs] == [c.name for c in problem.inputs]
    assert not any(column["required"] for column in inputs)
    assert model.signature.outputs.to_dict()[0]["name"] == "risk"
    assert model.flavors["vigia_bundle"]["digest"] == version.digest
    assert "python_function" not in model.flavors  # nothing that MLflow would run


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


def test_a_bundle_that_is_known_is_not_registered_again(
    registry: Registry, problem: Problem, make: Make
) -> None:
    trained = make(0.7)
    enter(registry, problem, trained)
    version, done = enter(registry, problem, trained)
    assert (version.number, done.promoted) == ("1", True)
    assert done.reason == "it is in production already"
    enter(registry, problem, make(0.71))
    again = record(registry, trained, "run")
    assert (again.number, again.stage) == ("1", "Staging")
    assert len(registry.versions(problem.name)) == 2


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


def test_every_move_is_on_record_with_who_when_why_run_and_data(
    registry: Registry, problem: Problem, make: Make
) -> None:
    before = datetime.now(UTC)
    trained = make(0.7)
    enter(registry, problem, trained)
    second, _ = enter(registry, problem, make(0.71))
    found = moves(registry, problem.name)
    told = [(move.action, move.version, move.replaced) for move in found]
    assert told == [
        ("staged", "1", None),
        ("promoted", "1", None),
        ("staged", "2", None),
        ("promoted", "2", "1"),
    ]
    assert [move.by for move in found] == ["run run", "a test", "run run", "a test"]
    assert all(before < move.at < datetime.now(UTC) for move in found)
    assert [move.at for move in found] == sorted(move.at for move in found)
    assert found[-1].run_id == second.run_id
    assert found[0].digest == trained.digest
    assert {move.data_hash for move in found} == {trained.content.lineage["data_hash"]}
    assert found[-1].why == "all is well"


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


def test_a_version_that_is_not_there_is_told(
    registry: Registry, problem: Problem, make: Make
) -> None:
    record(registry, make(), "run")
    with pytest.raises(NoModel, match="there is no version '99' of "):
        promote(registry, problem, "99", "a test")


def test_a_server_that_is_away_is_told_soon(trained: Trained, mlflow_uri: str) -> None:
    port = free_port()
    away = Registry(f"http://127.0.0.1:{port}")
    start = time.monotonic()
    try:
        for call in (
            lambda: away.production("toy"),
            lambda: record(away, trained, "run"),
            lambda: promote(away, toy.problem, "1", "a test"),
            lambda: rollback(away, toy.problem, "a test", "why"),
            lambda: moves(away, "toy"),
        ):
            with pytest.raises(RegistryUnavailable, match=f"127.0.0.1:{port} did not answer"):
                call()
    finally:
        Registry(mlflow_uri)  # MLflow's address is one for the whole process
    assert time.monotonic() - start < 10
