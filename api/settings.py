"""Settings of the API, from the environment; every name begins with `VIGIA_`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from api.batch.settings import BatchSettings
from api.challenge.settings import ChallengerSettings
from api.history.settings import HistorySettings
from api.security.settings import SecuritySettings
from api.webhooks.settings import WebhookSettings
from ml import problems as declared
from ml.errors import InvalidSettings
from ml.settings import refuse_placeholders


class Settings(
    HistorySettings, BatchSettings, ChallengerSettings, SecuritySettings, WebhookSettings
):
    """What the API needs to know of its surroundings, and what its rooms need.

    Args:
        environment: outside `development`, placeholder secrets refuse to start.
        mlflow_tracking_uri: address of the MLflow server.
        bundle: a bundle on disk, in a folder or a .zip, that is served without a registry.
        default_problem: the problem of the routes without a prefix.
        problems: the problems served, separated by commas; all declared ones by default.
        first_model_seconds: how long a start waits for the registry before it takes
            connections; what served before the start is ready by then without it.
        poll_seconds: how often the registry is asked for a newly promoted model.
        bundles_spare: how many bundles are kept on disk beside those in service, those before
            them, and those that other processes served last.
        body_max_bytes: the largest request body that is read.
        max_records: most records of one request; a caller splits what is more.
        access_log: whether every request leaves one line in the log.
        otlp_endpoint: OTLP/HTTP address of a collector of traces; none are made without it.
    """

    model_config = SettingsConfigDict(env_prefix="VIGIA_", extra="ignore", frozen=True)

    environment: Literal["development", "production"] = "development"
    mlflow_tracking_uri: str = "http://127.0.0.1:5000"
    bundle: Path | None = None
    default_problem: str = "diabetes"
    problems: Annotated[tuple[str, ...], NoDecode] = Field(default_factory=declared.names)
    poll_seconds: float = Field(default=2.0, gt=0)
    first_model_seconds: float = Field(default=10.0, ge=0)
    bundles_spare: int = Field(default=5, ge=0)
    body_max_bytes: int = Field(default=32 * 2**20, ge=1)
    max_records: int = Field(default=10_000, ge=1)
    access_log: bool = True
    otlp_endpoint: str = ""

    @property
    def bundles_dir(self) -> Path:
        """Folder of fetched bundles, by digest."""
        return self.state_dir / "bundles"

    @property
    def served_dir(self) -> Path:
        """Folder of the notes that say which version each problem served last."""
        return self.state_dir / "served"

    @field_validator("problems", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("bundle", mode="before")
    @classmethod
    def _none(cls, value: object) -> object:
        return value or None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.bundle is not None and len(self.problems) != 1:
            message = (
                f"VIGIA_BUNDLE is the model of one problem, but {len(self.problems)} are served: "
                f"name that one in VIGIA_PROBLEMS, and in VIGIA_DEFAULT_PROBLEM"
            )
            raise InvalidSettings(message)
        if self.default_problem not in self.problems:
            message = (
                f"VIGIA_DEFAULT_PROBLEM is {self.default_problem!r}, which is not among the "
                f"problems served ({', '.join(self.problems)}): add it to VIGIA_PROBLEMS"
            )
            raise InvalidSettings(message)
        self.check_challengers(self.problems)
        refuse_placeholders(
            self.environment,
            VIGIA_MLFLOW_TRACKING_URI=self.mlflow_tracking_uri,
            DATABASE_URL=self.database_url.get_secret_value(),
        )
        return self
