"""Free ports, and stand-in services that are real processes with real sockets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from infra.embedded.service import Service
from infra.embedded.settings import HOST, Settings
from tests.folders import folder_for_servers
from tests.ports import free_port

_NAMES = ("postgres", "mlflow", "airflow", "api", "ui", "exporter", "prometheus")


@pytest.fixture
def free_ports() -> dict[str, int]:
    """A free port for each setting."""
    return {f"{name}_port": free_port() for name in _NAMES}


@pytest.fixture
def settings(free_ports: dict[str, int]) -> Iterator[Settings]:
    with folder_for_servers() as folder:
        state = Path(folder) / "state"
        yield Settings.model_validate(
            {"state_dir": state, "start_seconds": 20, "stop_seconds": 3} | free_ports
        )


MakeService = Callable[..., Service]


@pytest.fixture
def web(tmp_path: Path) -> MakeService:
    """Make a row for a service that answers on a port; `code` runs before it does."""

    def make(name: str, port: int, code: str = "") -> Service:
        serve = (
            "from http.server import HTTPServer, SimpleHTTPRequestHandler\n"
            f"HTTPServer(({HOST!r}, {port}), SimpleHTTPRequestHandler).serve_forever()"
        )

        def healthy(_: float) -> bool:
            try:
                return httpx.get(f"http://{HOST}:{port}", trust_env=False).is_success
            except httpx.TransportError:
                return False

        return Service(
            name=name,
            command=(sys.executable, "-c", f"{code}\n{serve}"),
            environment={},
            folder=tmp_path,
            healthy=healthy,
        )

    return make
