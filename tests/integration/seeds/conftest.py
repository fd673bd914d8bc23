"""Each seed's problem in production, and the service with that problem as its default."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.integration.promoted import Promoted, serving


def _served(
    name: str, promoted: Promoted, mlflow_uri: str, factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    promoted(name)
    with serving(mlflow_uri, factory.mktemp(f"seed-{name}"), name) as client:
        yield client


@pytest.fixture(scope="session")
def diabetes(
    promoted: Promoted, mlflow_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    yield from _served("diabetes", promoted, mlflow_uri, tmp_path_factory)


@pytest.fixture(scope="session")
def breast_cancer(
    promoted: Promoted, mlflow_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    yield from _served("breast_cancer", promoted, mlflow_uri, tmp_path_factory)


@pytest.fixture(scope="session")
def triage(
    promoted: Promoted, mlflow_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    yield from _served("triage", promoted, mlflow_uri, tmp_path_factory)
