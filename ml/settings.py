"""Settings of the library, from the environment; every name begins with `VIGIA_`.

This module and its like in each door are the only readers of the environment.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ml.errors import InvalidSettings

PLACEHOLDER = "change-me"
SYNTHETIC = "synthetic"


class Settings(BaseSettings):
    """What the steps need to know of their surroundings.

    Args:
        environment: outside `development`, placeholder secrets refuse to start.
        default_problem: the problem of the routes without a prefix.
        state_dir: folder of everything that is written on this machine.
        raw_database_url: SQLAlchemy address of the raw database.
        clean_database_url: SQLAlchemy address of the clean database.
        serving_database_url: SQLAlchemy address of the serving database, for monitoring.
        mlflow_tracking_uri: address of the MLflow server.
        split_salt: salt of the hash that assigns a patient to a part.
        batch_rows: rows of one ingestion batch.
        synthetic_rows: rows of the generator where it stands in for a source.
        seed: seed of every random choice in training and evaluation.
        bootstrap_replicates: resamples behind every interval.
        training_threads: threads of one fit.
        promotion: whether a version that has passed the gates waits for a person.
        approval_hours: how long it waits; then it stays in staging.
        search_lanes: how many trials of a search run side by side; they share the threads.
        source_timeout_seconds: how long a source may stay silent.
        source_max_bytes: the largest unpacked source that is accepted.
    """

    model_config = SettingsConfigDict(env_prefix="VIGIA_", extra="ignore", frozen=True)

    environment: Literal["development", "production"] = "development"
    default_problem: str = "diabetes"
    state_dir: Path = Path(".vigia")
    raw_database_url: SecretStr = SecretStr("")
    clean_database_url: SecretStr = SecretStr("")
    serving_database_url: SecretStr = SecretStr("")
    mlflow_tracking_uri: str = "http://127.0.0.1:5000"
    split_salt: str = "vigia-2"
    batch_rows: int = Field(default=15_000, ge=1)
    synthetic_rows: int = Field(default=30_000, ge=1)
    seed: int = Field(default=20_260_101, ge=0, lt=2**31)
    bootstrap_replicates: int = Field(default=500, ge=20)
    training_threads: int = Field(default=2, ge=1)
    promotion: Literal["automatic", "approval"] = "automatic"
    approval_hours: float = Field(default=72.0, gt=0)
    search_lanes: int = Field(default=2, ge=1)
    source_timeout_seconds: float = Field(default=15.0, gt=0)
    source_max_bytes: int = Field(default=8 * 2**30, ge=1)

    @property
    def cache_dir(self) -> Path:
        """Folder of downloaded sources, by digest."""
        return self.state_dir / "cache"

    @model_validator(mode="after")
    def _refuse_placeholders(self) -> Self:
        refuse_placeholders(
            self.environment,
            VIGIA_RAW_DATABASE_URL=self.raw_database_url.get_secret_value(),
            VIGIA_CLEAN_DATABASE_URL=self.clean_database_url.get_secret_value(),
            VIGIA_SERVING_DATABASE_URL=self.serving_database_url.get_secret_value(),
        )
        return self


def refuse_placeholders(environment: str, **secrets: str) -> None:
    """Raise `InvalidSettings` for a secret that still holds its placeholder in production."""
    if environment == "development":
        return
    for name, value in secrets.items():
        if PLACEHOLDER in value:
            message = (
                f"{name} still holds the placeholder {PLACEHOLDER!r}: "
                f"set a real secret, or VIGIA_ENVIRONMENT=development on a machine of your own"
            )
            raise InvalidSettings(message)


def source_of(problem: str) -> str:
    """Return the source that `VIGIA_<PROBLEM>_SOURCE` names, or an empty text.

    A path (plain or .gz), a URL, or `synthetic` for the problem's generator.
    """
    return os.environ.get(f"VIGIA_{problem.upper()}_SOURCE", "")


@cache
def settings() -> Settings:
    """Return the settings of this process, read once.

    Raises:
        InvalidSettings: a setting is malformed, or unsafe outside development.
    """
    try:
        return Settings()
    except ValidationError as invalid:
        # Neither the text nor the cause may repeat the value: it may be a secret.
        raise InvalidSettings(told(invalid)) from None


def told(invalid: ValidationError) -> str:
    """Return which settings are wrong and why, without their values."""
    faults = "; ".join(
        f"VIGIA_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
        for fault in invalid.errors(include_url=False, include_input=False)
    )
    return f"settings are wrong, mend the environment: {faults}"
