"""The clinic's laptop: no network, no registry, no database server."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.history.__main__ import main as history_command
from api.history.database import connect
from api.history.migrate import migrate
from api.history.queries import Filters, page
from tests.integration.alone import alone
from tests.integration.api.real_server import PATIENCE_SECONDS, ROOT, until
from tests.ports import free_port
from tests.unit.api.toy_models import train

__all__ = ["alone"]

RECORD = {"age": 60, "colour": "red", "days": 3}


class Laptop:
    """One laptop: a state folder, a bundle, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bundle = folder / "bundle"
        self.database_url = f"sqlite:///{folder / 'predicciones.db'}"
        self.port, self.ui_port = free_port(), free_port()
        self.digest = train(self.bundle).digest

    @contextmanager
    def running(self, *more: str) -> Iterator[httpx.Client]:
        """Start it, wait until it is ready, and end it as a closed terminal would."""
        process = self._start(more)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False) as client:
                until(lambda: self._is_ready(client, process), self._log)
                yield client
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_SECONDS) == 0, self._log()

    def _start(self, more: tuple[str, ...]) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if "VIGIA" not in name}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                (sys.executable, "-m", "infra.laptop", "--bundle", str(self.bundle), *more),
                env=environment
                | {
                    "VIGIA_PROBLEMS_PATH": str(ROOT / "tests" / "unit" / "api" / "declared"),
                    "VIGIA_STATE_DIR": str(self.folder / "state"),
                    "VIGIA_API_PORT": str(self.port),
                    "VIGIA_UI_PORT": str(self.ui_port),
                    "VIGIA_POLL_SECONDS": "0.2",
                    "DATABASE_URL": self.database_url,
                },
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def _is_ready(self, client: httpx.Client, process: subprocess.Popen[bytes]) -> bool:
        assert process.poll() is None, self._log()
        try:
            return client.get("/readyz").is_success
        except httpx.TransportError:
            return False

    def _log(self) -> str:
        return (self.folder / "log").read_text()


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(tmp_path)


def first_day(laptop: Laptop) -> list[str]:
    """Predict, explain, and predict by a new bundle; return the ids of what was predicted."""
    with laptop.running() as client:
        health = client.get("/health").json()
        assert (health["status"], len(health["away_by_design"])) == ("ok", 2)
        before = answer(client, "/predict")
        assert before["model"]["version"] == laptop.digest[:12]
        (explained,) = answer(client, "/explain")["explanations"]
        assert explained["probability"] == before["predictions"][0]

        shutil.rmtree(laptop.bundle)
        digest = train(laptop.bundle, intercept=0.5).digest
        until(lambda: client.get("/model-info").json()["digest"] == digest)
        after = answer(client, "/predict")
        assert after["predictions"][0] > before["predictions"][0]
        return [*before["ids"], *after["ids"]]


def next_day(laptop: Laptop) -> dict[str, Any]:
    """Return the history that a new start finds."""
    with laptop.running() as client:
        found: dict[str, Any] = client.get("/predictions").json()
        return found


def answer(client: httpx.Client, route: str) -> dict[str, Any]:
    found = client.post(route, json={"records": [RECORD]})
    assert found.is_success, found.text
    answered: dict[str, Any] = found.json()
    return answered


def move(laptop: Laptop, target: str) -> None:
    """Let the clinic grow: a database server, with the same rows."""
    server = connect(target)
    migrate(server)
    server.dispose()
    assert history_command(("move", "--from", laptop.database_url, "--to", target)) == 0


def test_a_laptop_without_any_network_works_and_its_history_moves_to_postgresql(
    laptop: Laptop, alone: ThreadPoolExecutor, engine: sa.Engine
) -> None:
    ids = alone.submit(first_day, laptop).result()
    found = alone.submit(next_day, laptop).result()
    assert found["total"] == 3  # what was explained is kept, too
    assert [one["id"] for one in found["predictions"]][::2] == ids[::-1]
    assert found["predictions"][0]["inputs"] == RECORD

    move(laptop, engine.url.render_as_string(hide_password=False))
    moved = page(engine, Filters(problem="toy"), lambda: 0)
    assert [one.id for one in moved.predictions] == [one["id"] for one in found["predictions"]]
    with engine.connect() as connection:
        swaps = connection.scalar(sa.text("SELECT count(*) FROM audit WHERE action = 'swapped'"))
    assert swaps == 2


@pytest.mark.fault
def test_the_same_command_serves_the_moved_history_and_the_pages(
    laptop: Laptop, database_url: str
) -> None:
    with laptop.running() as client:
        ids = answer(client, "/predict")["ids"]
    move(laptop, database_url)
    laptop.database_url = database_url

    address = f"http://127.0.0.1:{laptop.ui_port}/_stcore/health"

    def pages_are_up() -> bool:
        try:
            return httpx.get(address, trust_env=False).is_success
        except httpx.TransportError:
            return False

    with laptop.running("--pages") as client:
        found = client.get("/predictions").json()["predictions"]
        assert [one["id"] for one in found] == ids
        (away,) = client.get("/health").json()["away_by_design"]
        assert away["part"] == "model registry"
        until(pages_are_up)
    assert not pages_are_up()
