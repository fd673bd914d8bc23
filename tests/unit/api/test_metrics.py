from __future__ import annotations

import httpx
import pytest
from prometheus_client import Gauge

from api.app import create_app
from api.security.matrix import PUBLIC
from api.settings import Settings
from tests.unit.api.toy_models import FolderRegistry


def test_every_gauge_says_how_workers_share_it(
    settings: Settings, registry: FolderRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gauge that does not would show one series for each process id."""
    made: list[Gauge] = []
    initialise = Gauge.__init__

    def noted(self: Gauge, *arguments: object, **named: object) -> None:
        made.append(self)
        initialise(self, *arguments, **named)  # type: ignore[arg-type] # whatever was given

    monkeypatch.setattr(Gauge, "__init__", noted)
    create_app(settings, registry)
    assert len(made) >= 4
    for gauge in made:
        assert gauge._multiprocess_mode in {"livesum", "livemax", "mostrecent"}  # noqa: SLF001 - it has no public name


@pytest.mark.anyio
async def test_every_operation_says_how_it_is_refused(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert set(document["components"]["securitySchemes"]) == {"bearer", "key"}
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    for operation in operations:
        public = operation["operationId"] in PUBLIC
        assert ("security" in operation) is not public
        assert {"401", "403", "408", "429", "503"} <= set(operation["responses"]) or public
