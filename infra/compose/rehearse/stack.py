"""The stack that is rehearsed: its own project, settings, ports and volumes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.compose.rehearse.told import step
from infra.embedded.settings import REPOSITORY
from ml.errors import ServiceFailed

PROJECT = "vigia-rehearsal"
_PORTS = ("AIRFLOW", "MLFLOW", "API", "UI", "LOCUST", "PROMETHEUS", "GRAFANA")
_POLL_SECONDS = 0.5


class Stack:
    """One Compose project.

    Args:
        folder: where its settings are kept; nobody else's.
        first_port: of seven that follow one another.
        settings: settings of `.env` that differ from its example.
        files: Compose files.
    """

    def __init__(
        self, folder: Path, first_port: int, settings: Mapping[str, str], files: Sequence[str]
    ) -> None:
        self.env_file = folder / "env"
        ports = {f"VIGIA_{name}_PORT": str(first_port + n) for n, name in enumerate(_PORTS)}
        self._write(dict(settings) | ports)
        self.settings = self._read()
        self.api = f"http://127.0.0.1:{self.settings['VIGIA_API_PORT']}"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("VIGIA_")},
            "COMPOSE_PROJECT_NAME": PROJECT,
            "COMPOSE_ENV_FILES": str(self.env_file),
            "COMPOSE_FILE": os.pathsep.join(files),
            "COMPOSE_PROGRESS": "quiet",
            "COMPOSE_ANSI": "never",
        }

    def use_images_as_they_are(self) -> None:
        """Let `make up` build nothing."""
        self._environment["VIGIA_BUILD"] = "no"

    def make(self, target: str) -> str:
        """Run a target of the Makefile, as a person does, and return what it printed."""
        return self._run("make", "--no-print-directory", target)

    def compose(self, *arguments: str, given: bytes | None = None) -> str:
        """Run `docker compose` and return what it printed."""
        return self._run("docker", "compose", *arguments, given=given)

    def docker(self, *arguments: str) -> str:
        """Run `docker` and return what it printed."""
        return self._run("docker", *arguments)

    def script(self, path: str, *arguments: str) -> str:
        """Run a script of the repository and return what it printed."""
        return self._run("sh", path, *arguments)

    def containers(self, service: str = "") -> list[dict[str, Any]]:
        """Return the containers, of one service where one is named."""
        listed = self.compose("ps", "--all", "--format", "json", *filter(None, [service]))
        return [json.loads(line) for line in listed.splitlines()]

    def running(self) -> list[str]:
        """Return the services that are meant to run on."""
        return sorted({each["Service"] for each in self.containers() if each["State"] == "running"})

    def crash(self, service: str) -> None:
        """Kill a service's first container: `keep.sh` starts it again.

        What the kernel or a bug ends Docker itself starts again; `docker kill` asks for more.
        """
        identity = self.containers(service)[0]["ID"]
        started = self._inspect(identity, "{{.State.StartedAt}}")
        self.docker("kill", identity)
        deadline = time.monotonic() + 30
        while self._inspect(identity, "{{.State.StartedAt}}") == started:
            if time.monotonic() > deadline:
                raise ServiceFailed(f"{service} was killed and did not start again")
            time.sleep(_POLL_SECONDS)

    def await_healthy(self, service: str, seconds: float) -> None:
        """Wait until every container of a service is healthy, where it has a health check."""
        deadline = time.monotonic() + seconds
        while True:
            states = {each["Health"] or each["State"] for each in self.containers(service)}
            if states and states <= {"healthy", "running"}:
                return
            if time.monotonic() > deadline:
                logs = self.compose("logs", "--tail", "30", service)
                raise ServiceFailed(f"{service} is {states} after {seconds:g} s:\n{logs}")
            time.sleep(_POLL_SECONDS)

    def left_over(self) -> list[str]:
        """Return the containers, volumes and networks of the project, and a keeper's notes."""
        label = f"label=com.docker.compose.project={PROJECT}"
        kinds = (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
        left = [
            line
            for kind in kinds
            for line in self._run("docker", *kind, "--quiet", "--filter", label).split()
        ]
        notes = REPOSITORY / ".vigia" / f"keep-{PROJECT}"
        deadline = time.monotonic() + 10  # the keeper looks what is left after each removal
        while notes.exists() and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        return [*left, str(notes)] if notes.exists() else left

    def _inspect(self, identity: str, what: str) -> str:
        return self._run("docker", "inspect", "--format", what, identity).strip()

    def _run(self, program: str, *arguments: str, given: bytes | None = None) -> str:
        command = (shutil.which(program) or program, *arguments)
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=self._environment,
            input=given,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            told = (done.stdout + done.stderr).decode(errors="replace")[-4000:]
            raise ServiceFailed(f"{' '.join(command[:6])} ended with {done.returncode}:\n{told}")
        return done.stdout.decode()

    def _write(self, settings: Mapping[str, str]) -> None:
        script = REPOSITORY / "infra" / "compose" / "env.sh"
        example = REPOSITORY / ".env.example"
        command = ("/bin/sh", str(script), str(example), str(self.env_file))
        subprocess.run(command, check=True, capture_output=True)
        with self.env_file.open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())
        step(f"settings with secrets of their own in {self.env_file}")

    def _read(self) -> dict[str, str]:
        lines = self.env_file.read_text().splitlines()
        pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
        return {name: value for name, _, value in pairs}
