"""A real MLflow server, and one for all tests that only need it to be there."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from cryptography.fernet import Fernet

from tests.ports import free_port

# What it needs to deliver webhooks to a service on this machine, and no more processes than that.
ENVIRONMENT = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http",
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
    "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": Fernet.generate_key().decode(),
    "MLFLOW_WEBHOOK_CACHE_TTL": "1",  # each test registers a webhook of its own
}


class MlflowServer:
    """A real MLflow server on a free port, which a test can kill, freeze and start again."""

    def __init__(self, folder: Path, store: str = "", artifacts: str = "") -> None:
        self._folder = folder
        self._store = store or f"sqlite:///{folder}/mlflow.db"
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.artifacts = folder / "artifacts"
        self._destination = artifacts or str(self.artifacts)

    def start(self) -> None:
        command = [
            *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
            *("--host", "127.0.0.1", "--port", str(self._port)),
            *("--backend-store-uri", self._store),
            *("--artifacts-destination", self._destination),
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = psutil.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env=os.environ | ENVIRONMENT,
            )
        self._wait()

    @property
    def is_running(self) -> bool:
        return bool(self._process.is_running())

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
        if not self._process.is_running():
            return
        for process in [*self._process.children(recursive=True), self._process]:
            with contextlib.suppress(psutil.NoSuchProcess):  # ended by itself with the one before
                process.send_signal(number)

    def _wait(self) -> None:
        end = time.monotonic() + 180
        while time.monotonic() < end:
            try:
                if httpx.get(f"{self.url}/health").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        raise TimeoutError((self._folder / "log").read_text()[-2000:])


@pytest.fixture(scope="session")
def mlflow_server(
    postgres: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MlflowServer]:
    """A server on PostgreSQL that runs until the last test is over: a start takes seconds."""
    import mlflow  # noqa: PLC0415 - takes a second that most tests need not wait

    before = mlflow.get_tracking_uri()
    server = MlflowServer(tmp_path_factory.mktemp("mlflow"), postgres("postgres"))
    server.start()
    yield server
    mlflow.set_tracking_uri(before)
    server.kill()


@pytest.fixture(scope="session")
def mlflow_uri(mlflow_server: MlflowServer) -> str:
    """The address of that server."""
    return mlflow_server.url


@pytest.fixture
def server(mlflow_server: MlflowServer) -> Iterator[MlflowServer]:
    """That server with no model and no webhook; a test may kill it."""
    empty(mlflow_server)
    yield mlflow_server
    if not mlflow_server.is_running:
        mlflow_server.start()


def empty(server: MlflowServer) -> None:
    """Remove every model and webhook."""
    from ml.registry import Registry  # noqa: PLC0415 - imports MLflow

    client = Registry(server.url).client
    for model in client.search_registered_models():
        client.delete_registered_model(model.name)
    for webhook in client.list_webhooks():
        client.delete_webhook(webhook.webhook_id)
