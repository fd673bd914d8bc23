"""Settings of the embedded stack, from the environment; every name begins with `VIGIA_`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ml.errors import InvalidSettings
from ml.problems.path import PROBLEMS_PATH, folders
from ml.settings import SYNTHETIC

REPOSITORY = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
PREFIX = "VIGIA_"

# What the stack hands out itself, to those services alone that need it.
_ASSIGNED = frozenset(
    {"VIGIA_RAW_DATABASE_URL", "VIGIA_CLEAN_DATABASE_URL", "VIGIA_SERVING_DATABASE_URL"}
    | {"DATABASE_URL"}
    | {"VIGIA_MLFLOW_TRACKING_URI", "VIGIA_API_URL", "VIGIA_API_KEY", "VIGIA_KEYS_FILE"}
    | {"VIGIA_WEBHOOK_SECRET"}
)
# A service that may not write byte code imports its libraries anew at every start.
_UNWANTED = frozenset({"PYTHONDONTWRITEBYTECODE", "PYTHONHOME"})


class Settings(BaseSettings):
    """Where the stack keeps its state, listens, and how long it is patient.

    Args:
        state_dir: folder of everything that the stack writes.
        postgres_port: TCP port of PostgreSQL.
        mlflow_port: TCP port of the MLflow server.
        airflow_port: TCP port of Airflow's API server and pages.
        api_port: TCP port of the prediction API.
        ui_port: TCP port of the clinicians' pages.
        exporter_port: TCP port of the exporter, which shows metrics to Prometheus.
        otlp_endpoint: OTLP/HTTP address of a collector of traces; none are made without it.
        prometheus: `auto` starts Prometheus where it is installed, `off` never does.
        prometheus_port: TCP port of Prometheus.
        load_metrics_port: where a load test shows its metrics, while one runs.
        start_seconds: how long the services may take to become healthy.
        pipeline_seconds: how long the DAG chain may take.
        serve_seconds: how long the API may take to load a promoted model.
        stop_seconds: how long a service may take to end by itself.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    state_dir: Path = Path(".vigia")
    postgres_port: int = Field(default=5433, ge=1, le=65535)
    mlflow_port: int = Field(default=5000, ge=1, le=65535)
    airflow_port: int = Field(default=8080, ge=1, le=65535)
    api_port: int = Field(default=8000, ge=1, le=65535)
    ui_port: int = Field(default=8501, ge=1, le=65535)
    exporter_port: int = Field(default=9560, ge=1, le=65535)
    otlp_endpoint: str = ""
    prometheus: Literal["auto", "off"] = "auto"
    prometheus_port: int = Field(default=9090, ge=1, le=65535)
    load_metrics_port: int = Field(default=9646, ge=1, le=65535)
    start_seconds: float = Field(default=180.0, gt=0)
    pipeline_seconds: float = Field(default=1800.0, gt=0)
    serve_seconds: float = Field(default=90.0, gt=0)
    stop_seconds: float = Field(default=20.0, gt=0)

    @field_validator("state_dir")
    @classmethod
    def _absolute(cls, state_dir: Path) -> Path:
        return state_dir.expanduser().resolve()

    @model_validator(mode="after")
    def _distinct_ports(self) -> Self:
        seen: dict[int, str] = {}
        for name, port in self.ports().items():
            if port in seen:
                message = f"{seen[port]} and {name} are both {port}: give each its own port"
                raise ValueError(message)
            seen[port] = name
        return self

    @property
    def prometheus_program(self) -> str | None:
        """The Prometheus that is started, if any is."""
        return shutil.which("prometheus") if self.prometheus == "auto" else None

    def rehearsal(self) -> Self:
        """Return the same settings for a rehearsal, which has a folder of its own."""
        return self.model_copy(update={"state_dir": self.state_dir / "rehearsal"})

    def ports(self) -> dict[str, int]:
        """Return every port that the stack listens on, by the name of the setting that moves it."""
        others = {"load_metrics_port"} | (
            {"prometheus_port"} if not self.prometheus_program else set()
        )
        fields = [name for name in type(self).model_fields if name.endswith("_port")]
        return {
            f"{PREFIX}{name.upper()}": getattr(self, name) for name in fields if name not in others
        }


def load() -> Settings:
    """Return the settings of this process, or raise `InvalidSettings` naming the wrong one."""
    try:
        return Settings()
    except ValidationError as invalid:
        faults = "; ".join(
            f"{PREFIX}{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
            if fault["loc"]
            else fault["msg"]
            for fault in invalid.errors(include_url=False, include_input=False)
        )
        message = f"the embedded stack's settings are wrong: {faults}"
        raise InvalidSettings(message) from None


def service_environment(caller: Mapping[str, str], state_dir: Path, root: Path) -> dict[str, str]:
    """Return what every service may know of the caller's environment.

    Args:
        caller: the caller's environment.
        state_dir: folder of everything that the stack writes.
        root: the folder that holds `ml/`, `api/`, `ui/` and `dags/`.
    """
    kept = {name: value for name, value in caller.items() if name not in _ASSIGNED | _UNWANTED}
    sources = {
        name: absolute_source(value)
        for name, value in kept.items()
        if name.startswith(PREFIX) and name.endswith("_SOURCE")
    }
    if PROBLEMS_PATH in kept:
        kept[PROBLEMS_PATH] = os.pathsep.join(map(str, folders(kept[PROBLEMS_PATH])))
    # A proxy of the caller's must not stand between the services.
    direct = ",".join(filter(None, (kept.get("NO_PROXY") or kept.get("no_proxy"), HOST)))
    return (
        kept
        | sources
        | {
            "PYTHONPATH": str(root),
            "PYTHONUNBUFFERED": "1",
            "VIGIA_STATE_DIR": str(state_dir),
            "NO_PROXY": direct,
            "no_proxy": direct,
            "DO_NOT_TRACK": "true",  # MLflow's usage statistics
        }
    )


def absolute_source(source: str) -> str:
    """Return a path made absolute against the caller's folder; services run in another.

    A URL and the word for the generator stay as they are.
    """
    if "://" in source or source in {"", SYNTHETIC}:
        return source
    return str(Path(source).expanduser().resolve())
