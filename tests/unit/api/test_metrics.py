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


@pytest.mark.anyio
async def test_risks_missing_inputs_errors_and_what_the_model_reached_are_shown(
    client: httpx.AsyncClient,
) -> None:
    records = [{"age": 60, "colour": "red"}, {"colour": "unclear"}]
    assert (await client.post("/predict", json={"records": records})).status_code == 200
    assert (await client.post("/predict", json={"age": "old"})).status_code == 422
    assert (await client.get("/nowhere")).status_code == 404
    text = (await client.get("/metrics")).text
    served = 'problem="toy"'
    assert metric(text, f'api_predicted_risk_count{{{served},version="1"}}') == 2
    assert metric(text, f'api_missing_inputs_total{{input="age",{served}}}') == 1
    assert metric(text, f'api_missing_inputs_total{{input="colour",{served}}}') == 1
    assert metric(text, f'api_missing_inputs_total{{input="reason",{served}}}') == 2
    assert metric(text, 'api_errors_total{kind="invalid-record"}') == 1
    assert metric(text, 'api_errors_total{kind="not-found"}') == 1
    reached = {
        bound: metric(
            text,
            f'api_model_offline_metric{{alias="production",bound="{bound}",metric="auroc",{served}}}',
        )
        for bound in ("low", "value", "high")
    }
    assert reached == {"low": 0.6, "value": 0.7, "high": 0.8}


def metric(text: str, series: str) -> float:
    (line,) = [line for line in text.splitlines() if line.startswith(f"{series} ")]
    return float(line.rpartition(" ")[2])
