"""Settings of the registry's webhook, from the environment; every name begins with `VIGIA_`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ml.errors import InvalidSettings
from ml.settings import refuse_placeholders

SHORTEST_SECRET = 32


class WebhookSettings(BaseSettings):
    """What the service shares with the registry.

    Args:
        environment: outside `development`, a placeholder or a short secret refuses to start.
        state_dir: folder of everything that is written on this machine.
        mlflow_tracking_uri: address of the MLflow server.
        webhook_secret: signs the registry's deliveries; without one, none is taken.
        webhook_tolerance_seconds: how far a delivery's time may be from this machine's.
    """

    model_config = SettingsConfigDict(env_prefix="VIGIA_", extra="ignore", frozen=True)

    environment: Literal["development", "production"] = "development"
    state_dir: Path = Path(".vigia")
    mlflow_tracking_uri: str = "http://127.0.0.1:5000"
    webhook_secret: SecretStr = SecretStr("")
    webhook_tolerance_seconds: float = Field(default=300.0, gt=0)

    @property
    def deliveries_dir(self) -> Path:
        """Folder of the notes of the deliveries taken last."""
        return self.state_dir / "deliveries"

    @model_validator(mode="after")
    def _check_secret(self) -> Self:
        secret = self.webhook_secret.get_secret_value()
        refuse_placeholders(self.environment, VIGIA_WEBHOOK_SECRET=secret)
        if self.environment != "development" and 0 < len(secret) < SHORTEST_SECRET:
            message = (
                f"VIGIA_WEBHOOK_SECRET has {len(secret)} characters, which can be guessed: "
                f"set one of at least {SHORTEST_SECRET} random ones"
            )
            raise InvalidSettings(message)
        return self
