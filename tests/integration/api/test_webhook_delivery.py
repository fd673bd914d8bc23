"""A real MLflow that tells a real service, with two workers, which model was promoted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from api.webhooks.__main__ import main
from ml.registry import PRODUCTION, Registry, record
from tests.integration.api.conftest import MlflowServer
from tests.integration.api.real_server import Server, metric, until
from tests.unit.api.toy_models import train

SECRET = "a-secret-of-the-registry-and-the-service"


@pytest.fixture(autouse=True)
def _deliver_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "http")
    monkeypatch.setenv("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "true")
    monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY", Fernet.generate_key().decode())


@pytest.fixture
def promote(server: MlflowServer, tmp_path: Path) -> Callable[[float], None]:
    registry = Registry(server.url)

    def register_and_promote(intercept: float) -> None:
        version = record(registry, train(tmp_path / str(intercept), intercept=intercept), "test")
        registry.client.set_registered_model_alias("toy", PRODUCTION, version.number)

    return register_and_promote


def test_a_promoted_version_answers_at_once_from_every_worker(
    server: MlflowServer,
    promote: Callable[[float], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VIGIA_MLFLOW_TRACKING_URI", server.url)
    monkeypatch.setenv("VIGIA_WEBHOOK_SECRET", SECRET)
    (tmp_path / "state").mkdir()
    # Its poll comes once an hour: whatever is followed here was told.
    service = Server(
        tmp_path / "state", workers=2, mlflow_tracking_uri=server.url, webhook_secret=SECRET
    )

    def answering(number: str) -> bool:
        """Ask over new connections, which reach both workers."""
        asked = [httpx.get(f"{service.url}/model-info", trust_env=False) for _ in range(12)]
        return all(one.json().get("version") == number for one in asked)

    for _ in range(2):  # repeatable
        assert main(["--url", service.url]) == 0
    client = Registry(server.url).client
    assert [webhook.url for webhook in client.list_webhooks()] == [
        f"{service.url}/webhooks/registry"
    ]
    promote(0.0)
    with service.running():
        until(lambda: answering("1"))
        promote(0.7)
        until(lambda: answering("2"))
        client.set_registered_model_alias("toy", PRODUCTION, "1")
        until(lambda: answering("1"))
        client.delete_registered_model_alias("toy", PRODUCTION)
        until(lambda: "no_production_alias" in service.log)
        assert answering("1")
        (webhook,) = client.list_webhooks()
        tried = client.test_webhook(webhook.webhook_id)
        assert (tried.success, tried.response_status) == (True, 200)
        text = httpx.get(f"{service.url}/metrics", trust_env=False).text
    assert metric(text, "api_webhook_deliveries_total") >= 4
    assert 'api_webhook_deliveries_total{result="ignored"} 1.0' in text
    assert SECRET not in service.log + text
