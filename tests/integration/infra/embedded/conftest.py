"""Free ports, and stand-in services that are real processes with real sockets."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from infra.embedded.service import Service
from infra.embedded.settings import HOST, Settings

_NAMES = ("postgres", "mlflow", "airflow", "api", "ui", "exporter", "prometheus")


@pytest.fixture
def free_ports() -> dict[str, int]:
    """A free port for each setting; all are held at once, so that no two are the same."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in _NAMES]
        for probe in probes:
            probe.bind((HOST, 0))
        return {
            f"{name}_port": probe.getsockname()[1]
            for name, probe in zip(_NAMES, probes, strict=True)
        }


@pytest.fixture
def settings(tmp_path: Path, free_ports: dict[str, int]) -> Settings:
    return Settings(state_dir=tmp_path / "state", start_seconds=20, stop_seconds=3, **free_ports)


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
