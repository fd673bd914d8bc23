from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ml.features.build import build
from ml.training import Trained, train
from tests import toy
from tests.integration.stores import Stores, fresh_stores, ingest


@pytest.fixture
def stores(postgres: Callable[[str], str], tmp_path: Path) -> Iterator[Stores]:
    """Two empty databases and settings for a test of its own."""
    with fresh_stores(postgres, tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def toy_stores(
    postgres: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stores]:
    """Generated toy rows, ingested and built once; tests only read them."""
    with fresh_stores(postgres, tmp_path_factory.mktemp("toy")) as made:
        ingest(made, toy.problem, "synthetic")
        build(made.raw, made.clean, toy.problem, made.settings, "first")
        yield made


@pytest.fixture(scope="session")
def trained(toy_stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A bundle of the toy rows, seed 1."""
    folder = tmp_path_factory.mktemp("trained") / "bundle"
    return train(toy_stores.clean, toy.problem, toy_stores.settings, folder, 1)
