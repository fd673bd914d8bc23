from __future__ import annotations

import httpx
import pytest

from api.settings import Settings
from ml.registry import Version
from tests.unit.api.running import running
from tests.unit.api.toy_models import FolderRegistry

pytestmark = pytest.mark.anyio


async def test_model_info_tells_all_that_is_known_of_the_model(
    client: httpx.AsyncClient, versions: dict[str, Version]
) -> None:
    info = (await client.get("/model-info")).json()
    assert (info["problem"], info["name"], info["version"]) == ("toy", "toy", "1")
    assert (info["stage"], info["run_id"]) == ("Staging", "r")
    assert info["digest"] == versions["1"].digest
    assert info["title"] == {"en": "Toy", "es": "Toy (es)"}
    assert info["metrics"]["auroc"] == {"value": 0.7, "low": 0.6, "high": 0.8}
    assert info["rows"] == {"raw": 400}
    assert info["card"] == {"en": "# Toy", "es": "# Toy (es)"}
    assert [column["name"] for column in info["inputs"]][:2] == ["age", "weight-kg"]
    assert info["inputs"][0]["type"] == "number"
    assert info["last_failure"] is None
    assert info["registry"] == "reachable"


async def test_a_synthetic_model_carries_a_warning_and_a_real_one_does_not(
    client: httpx.AsyncClient, registry: FolderRegistry, versions: dict[str, Version]
) -> None:
    synthetic = (await client.get("/model-info")).json()
    assert synthetic["data"] == "synthetic"
    assert set(synthetic["warning"]) == {"en", "es"}
    registry.promoted = versions["3"]
    await client.post("/reload-model")
    real = (await client.get("/models/toy/model-info")).json()
    assert (real["data"], real["warning"]) == ("real", None)


async def test_without_a_model_the_service_lives_but_is_not_ready(
    settings: Settings, registry: FolderRegistry
) -> None:
    registry.promoted = None
    async with running(settings, registry) as client:
        assert (await client.get("/livez")).json() == {"status": "alive"}
        for method, path in (
            ("GET", "/readyz"),
            ("GET", "/model-info"),
            ("POST", "/predict"),
            ("POST", "/models/toy/reload-model"),
        ):
            response = await client.request(method, path, content=b"{}")
            assert response.status_code == 503
            assert response.headers["content-type"] == "application/problem+json"
            assert response.headers["retry-after"] == "3600"
            assert "toy" in response.json()["detail"]
        health = await client.get("/health")
        assert (health.status_code, health.json()["status"]) == (200, "no_model")
        assert health.json()["problems"][0]["registry"] == "no_production_alias"


async def test_with_its_model_the_service_is_ready_and_well(client: httpx.AsyncClient) -> None:
    assert (await client.get("/readyz")).json() == {"status": "ready"}
    assert (await client.get("/health")).json()["status"] == "ok"
    (model,) = (await client.get("/models")).json()["models"]
    assert (model["problem"], model["version"], model["data"]) == ("toy", "1", "synthetic")


async def test_the_front_page_links_only_to_what_is_there(client: httpx.AsyncClient) -> None:
    front = (await client.get("/")).json()
    assert front["default_problem"] == "toy"
    for link in front["links"].values():
        assert (await client.get(link)).status_code in {200, 405}


async def test_the_metrics_count_by_route_and_by_version(client: httpx.AsyncClient) -> None:
    await client.post("/predict", json={"records": [{}, {}]})
    await client.get("/nowhere/s3cret")
    await client.request("BREW", "/predict?name=s3cret")
    text = (await client.get("/metrics")).text
    series = 'api_predictions_total{band="high",channel="production",problem="toy",version="1"} 2.0'
    assert series in text
    series = 'api_model_swaps_total{alias="production",problem="toy",result="swapped"} 1.0'
    assert series in text
    assert 'route="/predict",status="200"' in text
    assert 'method="GET",route="unmatched",status="404"' in text
    assert 'method="OTHER",route="/predict",status="405"' in text
    assert 'api_model_registry_up{problem="toy"} 1.0' in text
    assert "api_requests_in_flight 1.0" in text
    assert 'api_model_info{alias="production",data="synthetic",digest="' in text
    assert "s3cret" not in text
