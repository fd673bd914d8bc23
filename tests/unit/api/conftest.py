from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from api.settings import Settings
from ml import problems
from ml.registry import Version
from tests.unit.api.running import running
from tests.unit.api.toy_models import FolderRegistry

DECLARED = str(Path(__file__).parent / "declared")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def only_toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The toy problem is the only one that is declared while a test runs."""

    def forget() -> None:
        problems.names.cache_clear()
        problems.find.cache_clear()

    monkeypatch.setattr(problems, "__path__", [DECLARED])
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
    registry = FolderRegistry(folder)
    registry.promoted = versions["1"]
    return registry


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose poll is too slow to disturb a test; tests reload by themselves."""
    return Settings(
        state_dir=tmp_path / "state",
        default_problem="toy",
        poll_seconds=3600,
        max_records=1000,
        body_max_bytes=2**22,
    )


@pytest.fixture
async def client(settings: Settings, registry: FolderRegistry) -> AsyncIterator[httpx.AsyncClient]:
    """A running application that serves version 1 of the toy model."""
    async with running(settings, registry) as client:
        assert (await client.post("/reload-model")).status_code == 200
        yield client
