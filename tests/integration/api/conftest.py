from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import mlflow
import psutil
import pytest

from tests.unit.api.conftest import only_toy

__all__ = ["only_toy"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class MlflowServer:
    """A real MLflow server on a free port, which a test can kill, freeze and start again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        command = [
            *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
            *("--host", "127.0.0.1", "--port", str(self._port)),
            *("--backend-store-uri", f"sqlite:///{self._folder}/mlflow.db"),
            *("--artifacts-destination", str(self._folder / "artifacts")),
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = psutil.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, cwd=self._folder
            )
        self._wait()

    def kill(self) -> None:
        """End the server and its workers at once, as a power cut would."""
        self._signal(signal.SIGKILL)
        self._process.wait(30)

    def freeze(self) -> None:
        """Let the server accept connections, but answer none."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for process in [*self._process.children(recursive=True), self._process]:
            process.send_signal(number)

    def _wait(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if httpx.get(f"{self.url}/health").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        raise TimeoutError((self._folder / "log").read_text()[-2000:])


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
