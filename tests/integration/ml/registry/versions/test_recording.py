"""What the registry knows of a bundle that was recorded."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ml.errors import NoModel, RegistryUnavailable
from ml.problems.problem import Problem
from ml.registry import (
    Registry,
    moves,
    promote,
    record,
    rollback,
)
from ml.training import Trained
from tests import toy
from tests.integration.ml.registry.versions.entered import Make, enter
from tests.ports import free_port


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
