"""A registered model of its own for each test, and bundles for it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from ml.bundle import Interval, write
from ml.problems.problem import Problem
from ml.registry import (
    Registry,
)
from ml.training import Trained
from tests import toy
from tests.integration.ml.registry.versions.entered import Make


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
