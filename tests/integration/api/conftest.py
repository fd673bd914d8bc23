from __future__ import annotations

import pytest

from tests.integration.mlflow_server import server
from tests.unit.api.conftest import only_toy

__all__ = ["only_toy", "server"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
