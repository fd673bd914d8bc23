from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
import sqlalchemy as sa

from api.history.tables import PREDICTION
from ml import bundle
from ml.bundle import LoadedModel
from ml.registry import PRODUCTION, STAGING, Registry, record
from tests.integration.api.real_server import Server
from tests.integration.mlflow_server import MlflowServer, empty
from tests.unit.api.toy_models import train

MakeServer: TypeAlias = Callable[..., Server]


class Shelf:
    """Versions 1 to 3 in a real registry, of which a test finds 1 in production, 2 staged."""

    def __init__(self, registry: Registry, folder: Path) -> None:
        self._registry = registry
        self.models: dict[str, LoadedModel] = {}
        for intercept in (0.0, 0.7, -0.7):
            trained = train(folder / str(intercept), intercept=intercept)
            version = record(registry, trained, "test")
            self.models[version.number] = bundle.load(folder / str(intercept))
        self.url = registry.tracking_uri

    def move(self, alias: str, number: str | None) -> None:
        client = self._registry.client
        if number is None:
            client.delete_registered_model_alias("toy", alias)
        else:
            client.set_registered_model_alias("toy", alias, number)


@pytest.fixture(scope="module")
def registered(mlflow_server: MlflowServer, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """The versions, for all tests of a module."""
    empty(mlflow_server)
    return Shelf(Registry(mlflow_server.url), tmp_path_factory.mktemp("shelf"))


@pytest.fixture
def shelf(registered: Shelf) -> Shelf:
    registered.move(PRODUCTION, "1")
    registered.move(STAGING, "2")
    return registered


@pytest.fixture
def make_server(shelf: Shelf, tmp_path: Path) -> MakeServer:
    """Make a service that follows the registry, and keeps its history in SQLite."""
    (tmp_path / "state").mkdir()

    def make(challengers: str, workers: int = 1) -> Server:
        return Server(
            tmp_path / "state",
            history="on",
            workers=workers,
            poll_seconds=0.3,
            mlflow_tracking_uri=shelf.url,
            challengers=challengers,
            rate_limit_per_second=10**6,
            rate_limit_burst=10**6,
            first_model_seconds=60,
        )

    return make


class Stored:
    """Reads the history of a service that has ended."""

    def __init__(self, state: Path) -> None:
        self._engine = sa.create_engine(f"sqlite:///{state / 'history.db'}")

    def rows(self, channel: str) -> list[sa.Row[tuple[object, ...]]]:
        wanted = sa.select(PREDICTION).where(PREDICTION.c.channel == channel)
        with self._engine.connect() as connection:
            return list(connection.execute(wanted.order_by(PREDICTION.c.id)))

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Stored]:
    reader = Stored(tmp_path / "state")
    yield reader
    reader.close()
