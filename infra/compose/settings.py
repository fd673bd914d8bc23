"""Settings of the first run, from the environment; every name begins with `VIGIA_`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where the platform's services are, and how long the run is patient.

    Args:
        api_url: address of the prediction API.
        api_key: an operator's key for it.
        airflow_url: address of Airflow's API server.
        airflow_password: password of its user `admin`.
        state_dir: the folder that holds the tasks' cache of sources.
        default_problem: whose pipeline is run where none is named.
        pipeline_seconds: how long the DAG chain may take.
        serve_seconds: how long the API may take to load a promoted model.
    """

    model_config = SettingsConfigDict(env_prefix="VIGIA_", extra="ignore", frozen=True)

    api_url: HttpUrl = HttpUrl("http://127.0.0.1:8000")
    api_key: SecretStr = SecretStr("")
    airflow_url: HttpUrl = HttpUrl("http://127.0.0.1:8080")
    airflow_password: SecretStr = SecretStr("")
    state_dir: Path = Path(".vigia")
    default_problem: str = "diabetes"
    pipeline_seconds: float = Field(default=1800.0, gt=0)
    serve_seconds: float = Field(default=90.0, gt=0)
