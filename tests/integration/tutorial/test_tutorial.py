"""docs/tutorial-new-problem.md, executed: from a CSV to a prediction of a real API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from ml import problems
from ml.data import raw_files, raw_store
from ml.data.csv_writer import write_csv
from ml.data.source import fetch
from ml.features.build import build
from ml.problems import Problem
from ml.registry import Registry, promote, record
from ml.registry.judging import Court, judge
from ml.settings import Settings
from ml.training import train
from tests.integration.api.real_server import PATIENCE_SECONDS, ROOT, until
from tests.integration.stores import fresh_stores
from tests.integration.tutorial import page
from tests.ports import free_port

NAME = "falls"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of problems, as a reader has written it."""
    page.write(tmp_path / "my_problems")
    monkeypatch.setenv("VIGIA_PROBLEMS_PATH", str(tmp_path / "my_problems"))
    monkeypatch.setattr(problems, "__path__", list(problems.__path__))
    for cached in (problems.names, problems.find):
        cached.cache_clear()
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith(f"ml.problems.{NAME}")]:
        del sys.modules[name]
    for cached in (problems.names, problems.find):
        cached.cache_clear()


def test_the_tutorial_has_less_than_a_hundred_lines_of_python() -> None:
    lines = [line for code in page.python_files().values() for line in code.splitlines()]
    assert 0 < len([line for line in lines if line.strip()]) < 100


def test_its_declaration_is_found_and_its_rows_keep_the_contract(folder: Path) -> None:
    problem = problems.find(NAME)
    settings = Settings(state_dir=folder / "state", synthetic_rows=200)
    stored = raw_files.read(problem, fetch(problem, "synthetic", settings), "salt")
    assert (stored.rows, stored.rows_rejected) == (200, 0)
    header = ",".join(problem.names)
    assert f"```csv\n{header}\n" in page.PAGE.read_text()


def registered(
    problem: Problem, folder: Path, postgres: Callable[[str], str], registry: Registry
) -> str:
    """Go from the CSV to a version in production, as the DAGs do; return its number."""
    write_csv(problem.generate(8000, 1), folder / "falls.csv", header=True)
    with fresh_stores(postgres, folder / "state") as stores:
        loaded = raw_store.ingest(
            stores.raw, problem, str(folder / "falls.csv"), stores.settings, "tutorial"
        )
        assert sum(batch.rows_inserted for batch in loaded) == 8000
        build(stores.raw, stores.clean, problem, stores.settings)
        trained = train(stores.clean, problem, stores.settings, folder / "bundle", 1)
        version = record(registry, trained, "tutorial")
        verdict = judge(
            Court(registry, stores.clean, problem, stores.settings), version.number, "tutorial"
        )
        assert verdict.passed, verdict.reason
        assert promote(registry, problem, version.number, "tutorial").promoted
        return version.number


@pytest.mark.fault
def test_every_check_of_a_declaration_passes_and_airflow_finds_the_dags(folder: Path) -> None:
    declarations = "tests/unit/ml/problems/test_declarations.py"
    checked = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", declarations, "-k", NAME)
    assert "passed" in checked
    dags = json.loads(run(folder, "tests/unit/dags/describe.py", "dags").splitlines()[-1])
    assert dags["errors"] == {}
    assert {f"ingest_{NAME}", f"clean_{NAME}", f"train_models_{NAME}_simple"} <= dags["dags"].keys()


def run(folder: Path, *arguments: str) -> str:
    """Run a script of the repository, and return what it prints."""
    environment = {"AIRFLOW_HOME": str(folder / "airflow"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        (sys.executable, *arguments),
        cwd=ROOT,
        env=os.environ | environment | {"AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.fault
def test_from_the_csv_to_a_prediction(
    folder: Path, postgres: Callable[[str], str], mlflow_uri: str
) -> None:
    problem = problems.find(NAME)
    number = registered(problem, folder, postgres, Registry(mlflow_uri))
    port = free_port()
    environment = {
        "VIGIA_MLFLOW_TRACKING_URI": mlflow_uri,
        "VIGIA_STATE_DIR": str(folder / "api"),
        "VIGIA_API_PORT": str(port),
        "VIGIA_DEFAULT_PROBLEM": NAME,
        "VIGIA_PROBLEMS": NAME,
    }
    with (folder / "log").open("wb") as log:
        api = subprocess.Popen(
            (sys.executable, "-m", "api"), cwd=ROOT, env=os.environ | environment, stderr=log
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            until(lambda: is_ready(client), (folder / "log").read_text)
            assert client.get("/model-info").json()["version"] == number
            frail, fit = (
                {"age": 81, "falls": 1, "gait": "unsteady"},
                {"age": 45, "falls": 0, "gait": "steady"},
            )
            answer = client.post(f"/models/{NAME}/predict", json={"records": [frail, fit]}).json()
            assert answer["predictions"][0] > 2 * answer["predictions"][1]
            assert answer["details"][0]["missing"] == ["sedated"]
    finally:
        api.terminate()
        api.wait(PATIENCE_SECONDS)


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").is_success
    except httpx.TransportError:
        return False
