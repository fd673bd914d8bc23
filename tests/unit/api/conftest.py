from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from api.settings import Settings
from ml import problems
from ml.registry import Version
from tests.unit.api.running import serving, toy_settings
from tests.unit.api.toy_models import FolderRegistry

DECLARED = str(Path(__file__).parent / "declared")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module", autouse=True)
def only_toy() -> Iterator[None]:
    """The toy problem is the only one that is declared while the tests of a file run."""

    def forget() -> None:
        problems.names.cache_clear()
        problems.find.cache_clear()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(problems, "__path__", [DECLARED])
        forget()
        yield
    sys.modules.pop("ml.problems.toy", None)
    forget()


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Version]]:
    """Versions 1 to 3 of the toy model, made once; version 3 learned from real data."""
    folder = tmp_path_factory.mktemp("shelf")
    registry = FolderRegistry(folder)
    versions = {
        "1": registry.register("1"),
        "2": registry.register("2", intercept=0.5),
        "3": registry.register("3", intercept=-0.5, data="real"),
    }
    return folder, versions


@pytest.fixture
def versions(shelf: tuple[Path, dict[str, Version]]) -> dict[str, Version]:
    return shelf[1]


@pytest.fixture
def registry(shelf: tuple[Path, dict[str, Version]]) -> FolderRegistry:
    """A registry whose version 1 is promoted."""
    folder, versions = shelf
    return FolderRegistry(folder, versions["1"])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return toy_settings(tmp_path)


@pytest.fixture
async def client(settings: Settings, registry: FolderRegistry) -> AsyncIterator[httpx.AsyncClient]:
    """A running application that serves version 1 of the toy model."""
    async with serving(settings, registry) as client:
        yield client
