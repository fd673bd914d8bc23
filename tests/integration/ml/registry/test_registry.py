from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from ml.bundle import Interval, load, write
from ml.errors import NoModel, RegistryUnavailable
from ml.problems.problem import Problem
from ml.registry import PREVIOUS, PRODUCTION, STAGING, Registry, Version, promote, record
from ml.registry.client import STAGE_TAG
from ml.registry.promotion import GATE_TAG
from ml.training import Trained
from tests import toy

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


def enter(registry: Registry, problem: Problem, trained: Trained) -> tuple[Version, bool, str]:
    """Record a bundle and ask the gate."""
    version = record(registry, trained, "run")
    verdict = promote(registry, problem, version.number, "a test")
    return version, verdict.promoted, verdict.reason


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
    described = registry.client.get_model_version(problem.name, "1")
    assert described.description == trained.content.card


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
    registry: Registry, problem: Problem, make: Make, tmp_path: Path
) -> None:
    assert registry.production(problem.name) is None
    trained = make()
    version, promoted, reason = enter(registry, problem, trained)
    assert promoted
    assert reason == "AUROC 0.7000; there was no model in production"
    assert held(registry, problem) == {PRODUCTION: "1", STAGING: None, PREVIOUS: None}
    assert stage(registry, version) == "Production"
    found = registry.production(problem.name)
    assert found is not None
    folder = registry.fetch(found, tmp_path / "fetched")
    assert load(folder, expected_digest=found.digest).digest == trained.digest


def test_a_better_model_takes_over_and_the_old_one_stays_within_reach(
    registry: Registry, problem: Problem, make: Make
) -> None:
    first, _, _ = enter(registry, problem, make(0.7))
    second, promoted, _ = enter(registry, problem, make(0.72))
    assert promoted
    assert held(registry, problem) == {PRODUCTION: "2", STAGING: None, PREVIOUS: "1"}
    assert (stage(registry, first), stage(registry, second)) == ("Archived", "Production")


def test_a_worse_model_is_refused_with_its_reason_on_record(
    registry: Registry, problem: Problem, make: Make
) -> None:
    enter(registry, problem, make(0.7))
    worse, promoted, reason = enter(registry, problem, make(0.69))
    assert not promoted
    assert "0.6900 is worse than 0.7000 in production" in reason
    assert held(registry, problem) == {PRODUCTION: "1", STAGING: "2", PREVIOUS: None}
    tags = registry.client.get_model_version(problem.name, worse.number).tags
    verdict = json.loads(tags[GATE_TAG])
    assert verdict["promoted"] is False
    assert verdict["reason"] == reason
    assert (verdict["by"], verdict["version"]) == ("a test", "2")
    third = record(registry, make(0.71), "run")
    assert (stage(registry, worse), stage(registry, third)) == ("Archived", "Staging")


def test_synthetic_never_replaces_real_but_real_replaces_synthetic(
    registry: Registry, problem: Problem, make: Make
) -> None:
    enter(registry, problem, make(0.9, "synthetic"))
    _, promoted, _ = enter(registry, problem, make(0.6, "real"))
    assert promoted
    _, promoted, reason = enter(registry, problem, make(0.95, "synthetic"))
    assert not promoted
    assert reason == "synthetic data against real data in production"
    assert held(registry, problem)[PRODUCTION] == "2"


def test_a_bundle_that_is_in_production_is_not_registered_again(
    registry: Registry, problem: Problem, make: Make
) -> None:
    trained = make(0.7)
    enter(registry, problem, trained)
    version, promoted, reason = enter(registry, problem, trained)
    assert (version.number, promoted, reason) == ("1", True, "it is in production already")
    assert len(registry.client.search_model_versions(f"name = '{problem.name}'")) == 1


def test_a_promotion_that_was_killed_half_way_is_finished_by_the_next(
    registry: Registry, problem: Problem, make: Make
) -> None:
    first, _, _ = enter(registry, problem, make(0.7))
    second = record(registry, make(0.71), "run")
    registry.client.set_registered_model_alias(problem.name, PREVIOUS, first.number)
    registry.client.set_registered_model_alias(problem.name, PRODUCTION, second.number)
    assert promote(registry, problem, second.number, "again").promoted
    assert held(registry, problem) == {PRODUCTION: "2", STAGING: None, PREVIOUS: "1"}
    assert (stage(registry, first), stage(registry, second)) == ("Archived", "Production")


def test_a_version_that_is_not_there_is_told(
    registry: Registry, problem: Problem, make: Make
) -> None:
    record(registry, make(), "run")
    with pytest.raises(NoModel, match="there is no version '99' of "):
        promote(registry, problem, "99", "a test")


def test_a_server_that_is_away_is_told_soon(trained: Trained, mlflow_uri: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    away = Registry(f"http://127.0.0.1:{port}")
    start = time.monotonic()
    try:
        for call in (
            lambda: away.production("toy"),
            lambda: record(away, trained, "run"),
            lambda: promote(away, toy.problem, "1", "a test"),
        ):
            with pytest.raises(RegistryUnavailable, match=f"127.0.0.1:{port} did not answer"):
                call()
    finally:
        Registry(mlflow_uri)  # MLflow's address is one for the whole process
    assert time.monotonic() - start < 10
