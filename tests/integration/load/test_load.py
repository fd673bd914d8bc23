"""Locust in a process of its own against a real service with the toy problem.

Runs end when enough was asked, not after a time: the machines that run tests may be busy.
"""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.history.database import connect
from api.history.migrate import migrate
from api.security import key_file, keys
from api.security.callers import Role
from tests.integration.api.real_server import ROOT, Server, metric, shelve, until
from tests.ports import free_port
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.fault

LOCUST = Path(__file__).parent / "locust_with_toy.py"
KINDS = ("predict", "explain", "predictions", "prediction", "predict-batch")


@dataclass
class Run:
    """A headless run, and the port of its metrics."""

    process: subprocess.Popen[str]
    port: int

    def shows(self, name: str) -> float:
        """Return the sum of one of the run's metrics; 0 before it shows any."""
        try:
            text = httpx.get(f"http://127.0.0.1:{self.port}/metrics", trust_env=False).text
        except httpx.TransportError:
            return 0
        return metric(text, name)

    def asked(self, kind: str) -> float:
        """Return how many requests of a kind were answered."""
        return self.shows(f'locust_request_duration_seconds_count{{method="POST",name="{kind}"}}')

    def end(self) -> tuple[int, str]:
        """End the run as a person does, and return its exit code and what it told."""
        self.process.send_signal(signal.SIGINT)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        told, _ = self.process.communicate(timeout=120)
        return self.process.returncode, told


@contextmanager
def locust(url: str, *arguments: str, users: int = 6, **settings: object) -> Iterator[Run]:
    """Start a run; settings go by their name without `VIGIA_LOAD_`."""
    port = free_port()
    named = {f"VIGIA_LOAD_{name.upper()}": str(value) for name, value in settings.items()}
    environment = {name: value for name, value in os.environ.items() if "VIGIA" not in name}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "VIGIA_LOAD_METRICS_PORT": str(port),
        "VIGIA_LOAD_THINK_LEAST_SECONDS": "0.05",
        "VIGIA_LOAD_THINK_MOST_SECONDS": "0.1",
        "VIGIA_LOAD_RECORDS": "200",
        "VIGIA_LOAD_P95_MS": "60000",
    }
    command = [sys.executable, str(LOCUST), *arguments, "--headless", "--host", url]
    with subprocess.Popen(
        [*command, "--users", str(users), "--spawn-rate", "50"],
        env=environment | named,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield Run(process, port)
        finally:  # or leaving would wait for it
            process.kill()


def scenario(name: str, *shapes: str) -> tuple[str, ...]:
    files = [str(ROOT / "locust" / f"{file}.py") for file in ("users", *shapes)]
    return "--locustfile", ",".join(files), name


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("load")
    (folder / "shelf").mkdir()
    version = FolderRegistry(folder / "shelf").register("1")
    shelve(folder / "state", folder / "shelf" / "1", version)
    return folder / "state"


@pytest.fixture(scope="module")
def server(state: Path) -> Iterator[Server]:
    address = f"sqlite:///{state / 'history.db'}"
    engine = connect(address)
    migrate(engine)
    engine.dispose()
    made = Server(state, history="on")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", address)
        with made.running():
            yield made


def test_a_ward_asks_for_everything_and_the_objectives_hold(server: Server, tmp_path: Path) -> None:
    report, figures = tmp_path / "load.html", tmp_path / "load"
    files = ("--html", str(report), "--csv", str(figures))
    with locust(server.url, *scenario("Ward"), *files) as run:
        until(lambda: run.asked("predict-batch") > 0 and run.asked("predict") > 20)
        assert run.shows("locust_users") == 6
        # Locust writes its file every ten seconds.
        until(lambda: ",predict," in (tmp_path / "load_stats.csv").read_text())
        code, told = run.end()

    assert code == 0, told
    assert "objectives held" in told
    assert "<html" in report.read_text()
    with (tmp_path / "load_stats.csv").open() as lines:
        counted = {row["Name"]: row for row in csv.DictReader(lines)}
    assert {name for name in KINDS if int(counted[name]["Request Count"]) > 0} == {*KINDS}
    assert int(counted["Aggregated"]["Failure Count"]) == 0


def test_a_missed_objective_ends_the_run_with_1(server: Server) -> None:
    with locust(server.url, *scenario("Single"), p95_ms=0.01) as run:
        until(lambda: run.asked("predict") > 0)
        code, told = run.end()

    assert code == 1, told
    assert "objective missed: predict: p95 is" in told


def test_a_shape_decides_how_many_users_come_and_when_it_is_over(server: Server) -> None:
    shape = {"base_users": 2, "peak_users": 12, "shape_seconds": 9}
    with locust(server.url, *scenario("Single", "shape_spike"), **shape) as run:
        until(lambda: run.shows("locust_users") == 2)
        until(lambda: run.shows("locust_users") == 12)
        code, told = run.ended()

    assert code == 0, told


def test_whoever_is_turned_away_comes_back_when_told_to(state: Path, tmp_path: Path) -> None:
    key, entry = keys.make("load", Role.CLINICIAN, None)
    with key_file.changing(tmp_path / "keys.json") as known:
        known[entry.id] = entry
    limits = {"rate_limit_per_second": 0.5, "rate_limit_burst": 2}
    server = Server(state, auth="keys", keys_file=tmp_path / "keys.json", **limits)
    with server.running():
        with locust(server.url, *scenario("Single"), users=1, api_key=key) as run:
            until(lambda: run.asked("predict") > 0)
            began, before = time.monotonic(), run.asked("predict")
            until(lambda: run.shows("locust_failures_total") >= 3)
            seconds, asked = time.monotonic() - began, run.asked("predict") - before
            code, told = run.end()
        with locust(server.url, *scenario("Single")) as stranger:
            turned_away = stranger.ended()

    assert code == 1, told
    assert "429 with Retry-After" in told
    # A new token comes every two seconds, and a user without manners asks ten times a second.
    assert asked <= seconds + 3
    assert turned_away[0] == 1
    assert "401" in turned_away[1]


def test_an_api_that_is_away_is_named(tmp_path: Path) -> None:
    nobody = Server(tmp_path)
    with locust(nobody.url, *scenario("Single")) as run:
        code, told = run.ended()

    assert code == 1, told
    assert f"the API at {nobody.url} cannot be loaded" in told
