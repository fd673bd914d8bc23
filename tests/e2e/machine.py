"""The embedded platform in a state folder of its own, as a person at a terminal uses it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import psutil
import pytest

from infra.embedded.processes import MARK, alive
from infra.embedded.settings import HOST, REPOSITORY
from tests.folders import folder_for_servers
from tests.ports import free_port

PROBLEM = "diabetes"
SERVICES = ("POSTGRES", "MLFLOW", "AIRFLOW", "API", "UI", "EXPORTER", "PROMETHEUS")
ROWS = 4_000
PATIENCE_SECONDS = 280


@dataclass
class Machine:
    """A state folder with ports of its own, and what the tests learned of it."""

    state: Path
    ports: dict[str, int]
    version: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def on_free_ports(cls, state: Path, **settings: str) -> Self:
        """Return a machine whose services differ from the defaults in these settings."""
        return cls(state, {name: free_port() for name in SERVICES}, settings=settings)

    @property
    def environment(self) -> dict[str, str]:
        callers = {name: value for name, value in os.environ.items() if "VIGIA" not in name}
        ports = {f"VIGIA_{name}_PORT": str(port) for name, port in self.ports.items()}
        return (
            callers
            | ports
            | {
                "VIGIA_STATE_DIR": str(self.state),
                "VIGIA_SYNTHETIC_ROWS": str(ROWS),
                "VIGIA_BOOTSTRAP_REPLICATES": "50",
                # Whatever this machine can reach: the default source is out of reach.
                "HTTP_PROXY": f"http://{HOST}:9",
                "HTTPS_PROXY": f"http://{HOST}:9",
            }
            | self.settings
        )

    def command(self, name: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "infra.embedded", name, "--problem", PROBLEM)

    def call(self, name: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(name),
            cwd=REPOSITORY,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    @contextmanager
    def running(self, name: str) -> Iterator[subprocess.Popen[str]]:
        """Run a command in the background; it is killed at the end if it still runs."""
        with subprocess.Popen(
            self.command(name),
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            yield process
            process.kill()

    def url(self, service: str) -> str:
        return f"http://{HOST}:{self.ports[service]}"

    def dag_runs(self, dag: str) -> list[tuple[str, str]]:
        """Return the type and state of every run of a DAG, as Airflow's API tells them."""
        runs = self.airflow("GET", f"dags/{dag}/dagRuns")["dag_runs"]
        return [(run["run_type"], run["state"]) for run in runs]

    def airflow(self, method: str, path: str, body: object = None) -> Any:
        """Ask Airflow's API as its administrator."""
        password = (self.state / "secrets" / "airflow-admin").read_text()
        with httpx.Client(base_url=self.url("AIRFLOW"), trust_env=False, timeout=30) as client:
            login = {"username": "admin", "password": password}
            token = client.post("/auth/token", json=login).json()["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            answer = client.request(method, f"/api/v2/{path}", json=body, headers=headers)
            answer.raise_for_status()
            return answer.json()

    def assert_nothing_is_left(self) -> None:
        assert not [process for process in psutil.process_iter() if self._owns(process)]
        for port in self.ports.values():
            with socket.socket() as probe:
                assert probe.connect_ex((HOST, port)) != 0

    def _owns(self, process: psutil.Process) -> bool:
        try:
            marked = process.environ().get(MARK, "").startswith(f"{self.state}:")
            return alive(process) and (marked or process.cwd().startswith(str(self.state)))
        except psutil.Error:
            return False


@contextmanager
def machine_of_its_own(**settings: str) -> Iterator[Machine]:
    """Yield a machine on which nothing was ever started, and stop what was in the end."""
    with folder_for_servers() as folder:
        made = Machine.on_free_ports(Path(folder) / "state", **settings)
        try:
            yield made
        finally:
            made.call("stop")


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if text in line:
            return
    pytest.fail(f"{text!r} did not come: {''.join(seen)}")
