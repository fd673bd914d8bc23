"""Declared problems, taken from their source into production once for all tests that ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import httpx
import numpy as np
import pyarrow as pa
import uvicorn
from numpy.typing import NDArray

from api.app import create_app
from api.settings import Settings
from ml.bundle import LoadedModel, load
from ml.data import clean_store, quality, raw_rows
from ml.data.split import PARTS
from ml.features.build import build
from ml.problems import find
from ml.problems.problem import Problem
from ml.registry import Registry, promote, record
from ml.registry.judging import Court, judge
from ml.training import Trained, train
from tests.integration.stores import Stores, fresh_stores, ingest

ROWS, SEED = 4000, 1


class Offline(NamedTuple):
    """A problem whose model was promoted.

    Args:
        problem: which.
        stores: its rows.
        rows: the raw rows in scope.
        probabilities: (rows, classes) that the pipeline's own tables lead to.
        trained: the bundle.
        model: the same, loaded.
    """

    problem: Problem
    stores: Stores
    rows: pa.Table
    probabilities: NDArray[np.float64]
    trained: Trained
    model: LoadedModel


class Promoted:
    """Takes problems from their source into production, each of them once.

    Args:
        postgres: makes addresses of databases.
        mlflow_uri: address of the registry.
        folder: where their files go.
        exits: ends what the tests need.
    """

    def __init__(
        self, postgres: Callable[[str], str], mlflow_uri: str, folder: Path, exits: ExitStack
    ) -> None:
        self._postgres = postgres
        self._mlflow_uri = mlflow_uri
        self._folder = folder
        self._exits = exits
        self._made: dict[str, Offline] = {}

    def __call__(self, name: str) -> Offline:
        """Return a problem, promoted; from its generator where its source is far away."""
        if name not in self._made:
            self._made[name] = self._make(find(name), self._folder / name)
        return self._made[name]

    def _make(self, problem: Problem, folder: Path) -> Offline:
        stores = self._exits.enter_context(fresh_stores(self._postgres, folder, ROWS))
        ingest(stores, problem, "synthetic" if problem.source.url else "")
        build(stores.raw, stores.clean, problem, stores.settings)
        trained = train(stores.clean, problem, stores.settings, folder / "bundle", SEED)
        registry = Registry(self._mlflow_uri)
        version = record(registry, trained, "a test")
        court = Court(registry, stores.clean, problem, stores.settings)
        verdict = judge(court, version.number, "a test")
        assert verdict.passed, verdict
        assert promote(registry, problem, version.number, "a test").promoted
        model = load(trained.folder)
        raw = raw_rows.read(stores.raw, problem).parts
        names = trained.content.features.names
        clean = [clean_store.read(stores.clean, problem, part, names).matrix for part in PARTS]
        rows = pa.concat_tables([_in_scope(problem, raw[part]) for part in PARTS])
        probabilities = np.concatenate([model.score(matrix) for matrix in clean])
        return Offline(problem, stores, rows, probabilities, trained, model)


def _in_scope(problem: Problem, rows: pa.Table) -> pa.Table:
    outside = quality.out_of_scope(problem, rows).to_pylist()
    return rows.filter(pa.array([not each for each in outside]))


@contextmanager
def serving(
    mlflow_uri: str, state: Path, default: str, *, ready: bool = True, **settings: Any
) -> Iterator[httpx.Client]:
    """Run the real service on a free port, once it serves the default problem's model.

    Args:
        mlflow_uri: address of the registry.
        state: its folder.
        default: the default problem, and the only one unless `problems` names others.
        ready: whether to wait for the model.
        settings: others of the service.
    """
    chosen = Settings(
        mlflow_tracking_uri=mlflow_uri,
        state_dir=state,
        default_problem=default,
        **{"problems": (default,), "poll_seconds": 0.2, "access_log": False, **settings},
    )
    config = uvicorn.Config(
        create_app(chosen), host="127.0.0.1", port=0, log_level="error", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        anyio.run(_until, lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            anyio.run(_until, lambda: not ready or client.get("/readyz").is_success)
            yield client
    finally:
        server.should_exit = True
        thread.join(30)


async def _until(holds: Callable[[], bool]) -> None:
    with anyio.fail_after(60):
        while not holds():  # noqa: ASYNC110 - nothing but an answer tells it from outside
            await anyio.sleep(0.05)
