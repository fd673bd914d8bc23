"""Settings of the laptop, from the environment; every name begins with `VIGIA_`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ml.errors import InvalidSettings
from ml.settings import told

HOST = "127.0.0.1"
REPOSITORY = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Where the laptop keeps its history and its spool, and where it listens.

    Args:
        state_dir: folder of everything that is written; not the embedded stack's, whose
            models are others.
        api_port: TCP port of the prediction API.
        ui_port: TCP port of the clinicians' pages.
    """

    model_config = SettingsConfigDict(env_prefix="VIGIA_", extra="ignore", frozen=True)

    state_dir: Path = Path(".vigia/laptop")
    api_port: int = Field(default=8000, ge=1, le=65535)
    ui_port: int = Field(default=8501, ge=1, le=65535)

    @property
    def api(self) -> str:
        """Address of the prediction API."""
        return f"http://{HOST}:{self.api_port}"

    @property
    def ui(self) -> str:
        """Address of the clinicians' pages."""
        return f"http://{HOST}:{self.ui_port}"

    def of_api(self, problem: str, bundle: Path) -> Mapping[str, str]:
        """Return what the API is told: one problem, one bundle, and no registry."""
        return {
            "VIGIA_BUNDLE": str(bundle),
            "VIGIA_PROBLEMS": problem,
            "VIGIA_DEFAULT_PROBLEM": problem,
            "VIGIA_STATE_DIR": str(self.state_dir),
            "VIGIA_API_HOST": HOST,
        }


def load() -> Settings:
    """Return the settings of this process, or raise `InvalidSettings` naming the wrong one."""
    try:
        return Settings()
    except ValidationError as invalid:
        raise InvalidSettings(told(invalid)) from None
