"""A real MLflow that tells a real service, with two workers, which model was promoted."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from api.webhooks.__main__ import main
from ml.registry import PRODUCTION
from tests.integration.api.faults.conftest import SECRET, Models
from tests.integration.api.real_server import Server, metric, until
from tests.integration.mlflow_server import MlflowServer

pytestmark = pytest.mark.fault


def test_a_promoted_version_answers_at_once_from_every_worker(
    mlflow_server: MlflowServer,
    models: Models,
    make_service: Callable[..., Server],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The service asks by itself once an hour: whatever it follows here it was told."""
    monkeypatch.setenv("VIGIA_MLFLOW_TRACKING_URI", mlflow_server.url)
    monkeypatch.setenv("VIGIA_WEBHOOK_SECRET", SECRET)
    service = make_service(workers=2)

    def answering(number: str) -> bool:
        """Ask over new connections, which reach both workers."""
        asked = [httpx.get(f"{service.url}/model-info", trust_env=False) for _ in range(12)]
        return all(one.json().get("version") == number for one in asked)

    for _ in range(2):  # repeatable
        assert main(["--url", service.url]) == 0
    client = models.registry.client
    (webhook,) = client.list_webhooks()
    assert webhook.url == f"{service.url}/webhooks/registry"
    models.register(2)
    models.promote("1")
    with service.running():
        until(lambda: answering("1"))
        models.promote("2")
        until(lambda: answering("2"))
        models.promote("1")
        until(lambda: answering("1"))
        client.delete_registered_model_alias("toy", PRODUCTION)
        until(lambda: "no_production_alias" in service.log)
        assert answering("1")
        tried = client.test_webhook(webhook.webhook_id)
        assert (tried.success, tried.response_status) == (True, 200)
        text = httpx.get(f"{service.url}/metrics", trust_env=False).text
    assert metric(text, "api_webhook_deliveries_total") >= 4
    assert 'api_webhook_deliveries_total{result="ignored"} 1.0' in text
    assert SECRET not in service.log + text
