"""Settings of a load test, from the environment; every name begins with `VIGIA_`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class LoadSettings(BaseSettings):
    """Whom the simulated users are, what they send, and what the service owes them.

    Args:
        api_key: the key of the role `clinician`, where the API asks for one (`VIGIA_API_KEY`).
        problems: whose records are sent, separated by commas; by default those of all problems
            that the API serves a model for.
        records: how many different records are prepared for each problem.
        seed: of the generator: the same seed, the same records.
        list_rows: rows of one uploaded list.
        think_least_seconds: shortest pause of a user between two requests.
        think_most_seconds: longest pause.
        patience_seconds: after how long without an answer a user counts the request as failed.
        p95_ms: what 95 of 100 requests of every kind must stay below.
        error_share: which share of the requests of every kind may fail.
        base_users: users before and after a spike, and at the start of a ramp.
        peak_users: users of a spike or a soak, and at the end of a ramp.
        shape_seconds: how long a whole shape takes.
        metrics_host: the address that shows the figures of the run.
        metrics_port: where Prometheus finds the figures of the run; 0 for nowhere.
    """

    model_config = SettingsConfigDict(
        env_prefix="VIGIA_LOAD_", extra="ignore", frozen=True, populate_by_name=True
    )

    api_key: SecretStr = Field(
        default=SecretStr(""), validation_alias=AliasChoices("VIGIA_LOAD_API_KEY", "VIGIA_API_KEY")
    )
    problems: Annotated[tuple[str, ...], NoDecode] = ()
    records: int = Field(default=2000, ge=1)
    seed: int = Field(default=7, ge=0)
    list_rows: int = Field(default=100, ge=1)
    think_least_seconds: float = Field(default=1.0, ge=0)
    think_most_seconds: float = Field(default=3.0, ge=0)
    patience_seconds: float = Field(default=30.0, gt=0)
    p95_ms: float = Field(default=500.0, gt=0)
    error_share: float = Field(default=0.01, ge=0, lt=1)
    base_users: int = Field(default=10, ge=1)
    peak_users: int = Field(default=100, ge=1)
    shape_seconds: float = Field(default=300.0, gt=0)
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=9646, ge=0, le=65535)

    @field_validator("problems", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.think_least_seconds > self.think_most_seconds:
            message = (
                f"VIGIA_LOAD_THINK_LEAST_SECONDS ({self.think_least_seconds:g}) is more than "
                f"VIGIA_LOAD_THINK_MOST_SECONDS ({self.think_most_seconds:g}): set both"
            )
            raise ValueError(message)
        return self


def load() -> LoadSettings:
    """Return the settings of this process; end it with an explanation where one is wrong."""
    try:
        return LoadSettings()
    except ValidationError as invalid:
        faults = "; ".join(
            f"{'_'.join(('VIGIA_LOAD', *map(str, fault['loc']))).upper()}: {fault['msg']}"
            if fault["loc"]
            else fault["msg"]
            for fault in invalid.errors(include_url=False, include_input=False)
        )
        raise SystemExit(f"error: the load test's settings are wrong: {faults}") from None
