"""MLflow tells the API at once which model was promoted: the secrets, and the registration."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping

from infra.embedded import one_shot
from infra.embedded.credentials import Credentials
from infra.embedded.probes import url
from infra.embedded.service import module
from infra.embedded.settings import Settings

_ENCRYPTION_KEY = "mlflow-webhook-encryption"


def of_api(credentials: Credentials) -> dict[str, str]:
    """Return what the API has to know to take MLflow's deliveries."""
    return {"VIGIA_WEBHOOK_SECRET": credentials.get("mlflow-webhook")}


def of_mlflow(credentials: Credentials) -> dict[str, str]:
    """Return what MLflow has to know to deliver on this machine."""
    return {
        # By default it delivers over TLS and to public addresses alone.
        "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http",
        "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
        "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": _encryption_key(credentials),
    }


def register(settings: Settings, api_environment: Mapping[str, str]) -> None:
    """Tell MLflow where to deliver, as it must be once both services are up.

    Raises:
        ServiceFailed: MLflow does not take it.
    """
    one_shot.run(
        "webhook-register",
        module("api.webhooks", "--url", url(settings.api_port)),
        api_environment,
        settings.state_dir,
        settings.start_seconds,
    )


def _encryption_key(credentials: Credentials) -> str:
    """Return the key that MLflow keeps webhooks' secrets under: 32 bytes, as Fernet has them."""
    kept = credentials.find(_ENCRYPTION_KEY)
    if kept is None:
        kept = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        credentials.write(_ENCRYPTION_KEY, kept)
    return kept
