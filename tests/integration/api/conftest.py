from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from tests.integration.mlflow_server import MlflowServer
from tests.unit.api.conftest import only_toy

__all__ = ["MlflowServer", "only_toy"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MlflowServer]:
    monkeypatch.setenv("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
    folder = tmp_path / "mlflow"
    folder.mkdir()
    running = MlflowServer(folder)
    running.start()
    before = mlflow.get_tracking_uri()
    yield running
    mlflow.set_tracking_uri(before)
    running.kill()
