from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from ml.registry import Version
from tests.unit.api.running import serving, toy_settings
from tests.unit.api.toy_models import FolderRegistry


@pytest.fixture(scope="module")
async def small(
    shelf: tuple[Path, dict[str, Version]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """One application with small limits, so that small uploads reach them.

    It is the same for all: no bad upload may change what the next one meets.
    """
    folder, versions = shelf
    settings = toy_settings(
        tmp_path_factory.mktemp("bad_uploads"),
        batch_max_bytes=100_000,
        body_max_bytes=50_000,
        batch_max_rows=50,
        batch_max_columns=20,
        batch_max_cell=30,
    )
    async with serving(settings, FolderRegistry(folder, versions["1"])) as client:
        yield client
