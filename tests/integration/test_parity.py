"""One feature path: the offline pipeline and the service give the same probabilities."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

import anyio
import httpx
import numpy as np
import pyarrow as pa
import pytest
import uvicorn
from numpy.typing import NDArray

from api.app import create_app
from api.settings import Settings
from ml.bundle import LoadedModel, load
from ml.data import clean_store, quality, raw_rows
from ml.data.split import PARTS
from ml.features.build import build
from ml.problems import find
from ml.problems.contract import Number
from ml.problems.problem import Problem
from ml.registry import Registry, promote, record
from ml.registry.judging import Court, judge
from ml.training import train
from tests.integration.stores import fresh_stores, ingest

ROWS, SEED = 4000, 1
LARGEST_DIFFERENCE = 1e-9


class Offline(NamedTuple):
    """The raw rows in scope, and the risks that the pipeline's own tables lead to."""

    problem: Problem
    rows: pa.Table
    risk: NDArray[np.float64]
    model: LoadedModel


@pytest.fixture(scope="module")
def offline(
    postgres: Callable[[str], str], mlflow_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Offline]:
    """Ingest, build, train and promote; keep the raw rows and their clean counterparts."""
    problem, folder = find("diabetes"), tmp_path_factory.mktemp("offline")
    with fresh_stores(postgres, folder, ROWS) as stores:
        ingest(stores, problem, "synthetic")
        build(stores.raw, stores.clean, problem, stores.settings)
        trained = train(stores.clean, problem, stores.settings, folder / "bundle", SEED)
        registry = Registry(mlflow_uri)
        version = record(registry, trained, "parity")
        court = Court(registry, stores.clean, problem, stores.settings)
        assert judge(court, version.number, "a test").passed
        assert promote(registry, problem, version.number, "a test").promoted
        model = load(trained.folder)
        raw = raw_rows.read(stores.raw, problem).parts
        names = trained.content.features.names
        clean = [clean_store.read(stores.clean, problem, part, names).matrix for part in PARTS]
        rows = pa.concat_tables([_in_scope(problem, raw[part]) for part in PARTS])
        risk = np.concatenate([model.score(matrix)[:, -1] for matrix in clean])
        yield Offline(problem, rows, risk, model)


def _in_scope(problem: Problem, rows: pa.Table) -> pa.Table:
    outside = quality.out_of_scope(problem, rows).to_pylist()
    return rows.filter(pa.array([not each for each in outside]))


@pytest.fixture(scope="module")
def api(
    offline: Offline, mlflow_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """The real service on a free port, once it serves the promoted model."""
    settings = Settings(
        mlflow_tracking_uri=mlflow_uri,
        state_dir=tmp_path_factory.mktemp("api"),
        default_problem=offline.problem.name,
        problems=(offline.problem.name,),
        poll_seconds=0.2,
        access_log=False,
    )
    config = uvicorn.Config(
        create_app(settings), host="127.0.0.1", port=0, log_level="error", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        anyio.run(_until, lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            anyio.run(_until, lambda: client.get("/readyz").status_code == 200)
            yield client
    finally:
        server.should_exit = True
        thread.join(30)


async def _until(holds: Callable[[], bool]) -> None:
    with anyio.fail_after(30):
        while not holds():  # noqa: ASYNC110 - nothing but an answer tells it from outside
            await anyio.sleep(0.05)


def test_the_clean_tables_and_the_raw_rows_lead_to_the_same_risks(offline: Offline) -> None:
    assert offline.rows.num_rows >= 2000
    assert offline.risk.shape == (offline.rows.num_rows,)
    assert offline.risk.std() > 0.01  # or equality would say little
    assert _largest(offline.model.predict_table(offline.rows), offline.risk) <= LARGEST_DIFFERENCE


@pytest.mark.parametrize("as_json", [False, True], ids=["as_texts", "as_numbers_and_left_out"])
def test_the_service_and_the_pipeline_agree(
    offline: Offline, api: httpx.Client, *, as_json: bool
) -> None:
    records = _records(offline, as_json=as_json)
    assert len(records) >= 2000
    served: list[float] = []
    for start in range(0, len(records), 500):
        answer = api.post("/predict", json={"records": records[start : start + 500]})
        assert answer.status_code == 200, answer.text
        assert answer.json()["model"]["digest"] == offline.model.digest
        served += answer.json()["predictions"]
    assert _largest(np.array(served), offline.risk) <= LARGEST_DIFFERENCE


def _records(offline: Offline, *, as_json: bool) -> list[dict[str, object]]:
    """The raw rows as requests: as they came, or with numbers as numbers and no nulls."""
    columns = offline.problem.inputs
    rows: list[dict[str, str | None]] = offline.rows.select([c.name for c in columns]).to_pylist()
    if not as_json:
        return [dict(row) for row in rows]
    numbers = {column.name for column in columns if isinstance(column, Number)}
    return [
        {name: float(v) if name in numbers else v for name, v in row.items() if v is not None}
        for row in rows
    ]


def _largest(found: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    return float(np.abs(found - expected).max())
