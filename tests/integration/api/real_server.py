"""A real service in processes of its own, which serves the toy model without a registry."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from api.served import Served
from ml.registry import Version
from tests.ports import free_port

ROOT = Path(__file__).parents[3]
SERVE = Path(__file__).parent / "serve_toy.py"
PATIENCE_SECONDS = 120


class Server:
    """One service.

    Args:
        state: its folder, which holds its log as well.
        settings: what differs from the defaults, by the name without `VIGIA_`.
    """

    def __init__(self, state: Path, **settings: object) -> None:
        self.state = state
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = settings
        self._expected = 0

    @property
    def log(self) -> str:
        file = self.state / "api.log"
        return file.read_text() if file.exists() else ""

    def start(self) -> subprocess.Popen[bytes]:
        self._expected = self._starts() + int(str(self._settings.get("workers", 1)))
        named = {f"VIGIA_{name.upper()}": str(value) for name, value in self._settings.items()}
        environment = {name: value for name, value in os.environ.items() if "VIGIA" not in name}
        environment |= {
            "PYTHONPATH": str(ROOT),
            "VIGIA_STATE_DIR": str(self.state),
            "VIGIA_API_PORT": str(self.port),
            "VIGIA_DEFAULT_PROBLEM": "toy",
            "VIGIA_PROBLEMS": "toy",
            "VIGIA_HISTORY": "off",
            "VIGIA_POLL_SECONDS": "3600",
            # Nobody listens there: what was served last is served again.
            "VIGIA_MLFLOW_TRACKING_URI": f"http://127.0.0.1:{free_port()}",
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        }
        with (self.state / "api.log").open("ab") as log:
            return subprocess.Popen(
                (sys.executable, str(SERVE)),
                env=environment | named,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Start it, wait until it is ready, and end it."""
        process = self.start()
        try:
            self.wait_until_ready(process)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise

    def wait_until_ready(self, process: subprocess.Popen[bytes], again: int = 0) -> None:
        """Wait until all workers take connections, also those started `again`."""
        self._expected += again

        def is_up() -> bool:
            assert process.poll() is None, self.log
            return self._starts() >= self._expected and self._is_ready()

        until(is_up, lambda: self.log)

    def _starts(self) -> int:
        return self.log.count("Application startup complete")

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


def shelve(state: Path, bundle: Path, version: Version) -> None:
    """Leave in a state folder what a service leaves that has served a version."""
    (state / "bundles").mkdir(parents=True, exist_ok=True)
    (state / "bundles" / version.digest).symlink_to(bundle)
    Served(state / "served").remember(version.name, version)


def until(holds: Callable[[], bool], explain: Callable[[], str] = str) -> None:
    """Wait until something holds; fail with the explanation where it does not in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.05)


def metric(text: str, name: str) -> float:
    """Return the sum of a metric's series in Prometheus's text."""
    lines = [line for line in text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    return sum(float(line.rpartition(" ")[2]) for line in lines)
