"""Locust in a process of its own against a real service with the toy problem."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from api.history.database import connect
from api.history.migrate import migrate
from api.security import key_file, keys
from api.security.callers import Role
from tests.integration.api.real_server import ROOT, Server, free_port, metric, shelve, until
from tests.unit.api.toy_models import FolderRegistry

LOCUST = Path(__file__).parent / "locust_with_toy.py"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("load")
    (folder / "shelf").mkdir()
    version = FolderRegistry(folder / "shelf").register("1")
    shelve(folder / "state", folder / "shelf" / "1", version)
    return folder / "state"


@contextmanager
def locust(
    server: Server, *arguments: str, seconds: int = 4, users: int = 6, **settings: object
) -> Iterator[subprocess.Popen[str]]:
    """Start a headless run; settings go by their name without `VIGIA_LOAD_`."""
    named = {f"VIGIA_LOAD_{name.upper()}": str(value) for name, value in settings.items()}
    environment = {name: value for name, value in os.environ.items() if "VIGIA" not in name}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "VIGIA_LOAD_METRICS_PORT": "0",
        "VIGIA_LOAD_THINK_LEAST_SECONDS": "0.05",
        "VIGIA_LOAD_THINK_MOST_SECONDS": "0.1",
        "VIGIA_LOAD_RECORDS": "200",
        # Machines that run tests are busy; how fast the service is, a benchmark says.
        "VIGIA_LOAD_P95_MS": "20000",
    }
    files = ",".join(
        str(ROOT / "locust" / name) for name in arguments[0].split(",") if name.endswith(".py")
    )
    command = [sys.executable, str(LOCUST), "-f", files, *arguments[1:], "--headless"]
    command += ["--host", server.url, "--run-time", f"{seconds}s", "--users", str(users)]
    with subprocess.Popen(
        [*command, "--spawn-rate", "50", "--loglevel", "INFO"],
        env=environment | named,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process
        process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    told, _ = process.communicate(timeout=60)
    return process.returncode, told


def rows(file: Path) -> dict[str, dict[str, str]]:
    with file.open() as lines:
        return {row["Name"]: row for row in csv.DictReader(lines)}


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
    port = free_port()
    report, figures = tmp_path / "load.html", tmp_path / "load"
    with locust(
        server,
        *("users.py", "Ward", "--html", str(report), "--csv", str(figures)),
        seconds=6,
        metrics_port=port,
    ) as run:
        until(lambda: scraped(port, "locust_users") == 6)
        until(lambda: scraped(port, "locust_request_duration_seconds_count") > 20)
        code, told = ended(run)

    assert code == 0, told
    assert "objectives held" in told
    assert "<html" in report.read_text()
    counted = rows(tmp_path / "load_stats.csv")
    for name in ("predict", "explain", "predictions", "prediction", "predict-batch"):
        assert int(counted[name]["Request Count"]) > 0, name
    assert int(counted["Aggregated"]["Failure Count"]) == 0


def scraped(port: int, name: str) -> float:
    try:
        return metric(httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text, name)
    except httpx.TransportError:
        return 0


def test_a_missed_objective_ends_the_run_with_1(server: Server) -> None:
    with locust(server, "users.py", "Single", seconds=2, p95_ms=0.01) as run:
        code, told = ended(run)

    assert code == 1
    assert "objective missed: predict: p95 is" in told


def test_a_shape_decides_how_many_users_come_and_when_it_is_over(
    server: Server, tmp_path: Path
) -> None:
    shape = {"base_users": 2, "peak_users": 12, "shape_seconds": 6}
    arguments = ("users.py,shape_spike.py", "Single", "--csv", str(tmp_path / "spike"))
    with locust(server, *arguments, seconds=30, **shape) as run:
        code, told = ended(run)

    assert code == 0, told
    with (tmp_path / "spike_stats_history.csv").open() as lines:
        users = [int(row["User Count"]) for row in csv.DictReader(lines)]
    assert max(users) == 12
    assert users[-1] == 2


def test_whoever_is_turned_away_comes_back_when_told_to(state: Path, tmp_path: Path) -> None:
    key, entry = keys.make("load", Role.CLINICIAN, None)
    with key_file.changing(tmp_path / "keys.json") as known:
        known[entry.id] = entry
    server = Server(
        state,
        auth="keys",
        keys_file=tmp_path / "keys.json",
        rate_limit_per_second=0.5,
        rate_limit_burst=2,
    )
    with server.running():
        with locust(
            server,
            "users.py",
            "Single",
            "--csv",
            str(tmp_path / "away"),
            seconds=6,
            users=1,
            api_key=key,
        ) as run:
            code, told = ended(run)
        with locust(server, "users.py", "Single", seconds=2) as run:
            stranger, refused = ended(run)

    assert code == 1
    assert "429 with Retry-After" in told
    # Two seconds for each new token: without manners, 40 requests would have been sent.
    assert 2 <= int(rows(tmp_path / "away_stats.csv")["predict"]["Request Count"]) <= 8
    assert stranger == 1
    assert "401" in refused


def test_an_api_that_is_away_is_named(tmp_path: Path) -> None:
    nobody = Server(tmp_path)
    with locust(nobody, "users.py", "Single", seconds=30) as run:
        code, told = ended(run)

    assert code == 1
    assert f"the API at {nobody.url} cannot be loaded" in told
