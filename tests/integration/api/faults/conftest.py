"""A real MLflow that delivers to a real service on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ml import bundle
from ml.bundle import LoadedModel
from ml.registry import PRODUCTION, Registry, Version, record
from ml.training import Trained
from tests.integration.api.real_server import Server
from tests.integration.mlflow_server import MlflowServer
from tests.unit.api.toy_models import train

SECRET = "a-secret-of-the-registry-and-the-service"


class Models:
    """Versions in a real registry, and what each of them predicts offline."""

    def __init__(self, url: str, folder: Path) -> None:
        self.registry = Registry(url)
        self._folder = folder
        self.versions: dict[str, Version] = {}
        self.trained: dict[str, Trained] = {}
        self.offline: dict[str, LoadedModel] = {}

    def register(self, count: int, rounds: int = 5) -> None:
        """Register so many different versions, none of them promoted."""
        for _ in range(count):
            folder = self._folder / str(len(self.versions) + 1)
            intercept = len(self.versions) / 7
            trained = train(folder, intercept=intercept, rounds=rounds)
            version = record(self.registry, trained, "test")
            self.versions[version.number] = version
            self.trained[version.number] = trained
            self.offline[version.number] = bundle.load(folder)

    def promote(self, number: str) -> None:
        self.registry.client.set_registered_model_alias("toy", PRODUCTION, number)


@pytest.fixture
def models(server: MlflowServer, tmp_path: Path) -> Models:
    """An empty registry that delivers to nobody yet."""
    return Models(server.url, tmp_path / "models")


@pytest.fixture
def make_service(server: MlflowServer, tmp_path: Path) -> Callable[..., Server]:
    """Make a service that asks MLflow once an hour, and listens to it."""

    def make(**settings: object) -> Server:
        return service_of(server.url, tmp_path / "state", **settings)

    return make


def service_of(registry: str, state: Path, **settings: object) -> Server:
    """Return a service with a history that turns none of its clients away."""
    state.mkdir()
    limits = {"rate_limit_per_second": 10**6, "rate_limit_burst": 10**6, "access_log": False}
    told = {"mlflow_tracking_uri": registry, "webhook_secret": SECRET, "history": "on"}
    return Server(state, **limits, **(told | settings))
