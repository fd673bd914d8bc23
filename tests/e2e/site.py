"""The pages as a clinic has them: a Streamlit, a real API behind it, and a real model."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from ml.problems import Problem
from ml.registry import Version
from tests.integration.api.real_server import Server, shelve
from tests.ports import free_port
from tests.unit.api.toy_models import train

ROOT = Path(__file__).parents[2]
START_SECONDS = 90


class Site:
    """Pages and API, of which the API can go away and come back.

    Args:
        problem: what the one model is about.
        folder: holds the state and the logs.
        settings: of the API, by the name without `VIGIA_`.
    """

    def __init__(self, problem: Problem, folder: Path, **settings: object) -> None:
        trained = train(folder / "bundle", problem=problem)
        state = folder / "state"
        state.mkdir()
        version = Version(
            name=problem.name,
            number="3",
            digest=trained.digest,
            run_id="r",
            stage="Production",
            data="synthetic",
        )
        shelve(state, trained.folder, version)
        self._api = Server(
            state,
            default_problem=problem.name,
            problems=problem.name,
            history="on",
            **settings,
        )
        self._running = ExitStack()
        self._folder = folder
        self.url = ""

    def api_comes(self) -> None:
        """Start the API, as it was left."""
        self._running.enter_context(self._api.running())

    def api_goes(self) -> None:
        """Stop the API."""
        self._running.close()

    @contextmanager
    def open(self, port: int = 0, **settings: str) -> Iterator[None]:
        """Serve until the block ends, the pages at a port and with settings of their own."""
        self.api_comes()
        known = settings | {"VIGIA_API_URL": self._api.url}
        with streamlit("ui/app.py", self._folder, port, **known) as self.url:
            try:
                yield
            finally:
                self.api_goes()


@contextmanager
def streamlit(script: str, folder: Path, port: int = 0, **settings: str) -> Iterator[str]:
    """Run a script's pages, at a free port unless one is named, and yield their address.

    `secrets.toml` of the folder holds their secrets, where it is there.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", script]
    options = [
        f"--server.port={port}",
        "--server.address=127.0.0.1",
        "--server.headless=true",
        "--server.fileWatcherType=none",
        "--browser.gatherUsageStats=false",
        f"--secrets.files={folder / 'secrets.toml'}",
    ]
    environment = {name: value for name, value in os.environ.items() if "VIGIA" not in name}
    log = folder / f"streamlit-{port}.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command + options, cwd=ROOT, env=environment | settings, stdout=output, stderr=output
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(server, f"{url}/_stcore/health", log)
            yield url
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return once `url` answers; fail with the server's log where it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            httpx.get(url, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the pages did not start:\n{log.read_text()}")
