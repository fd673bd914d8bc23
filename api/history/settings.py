"""Settings of the history, from the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_SMALLEST_SPOOL = 2**20


class HistorySettings(BaseSettings):
    """Where predictions are kept; every name but one begins with `VIGIA_`.

    Args:
        state_dir: folder of everything that is written on this machine.
        database_url: SQLAlchemy address of the history's database, read from `DATABASE_URL`;
            where it is empty, the history lies in `history.db` in the state folder.
        history: `off` keeps no prediction, for benchmarks only.
        history_fsync: `on` waits for the disk before every answer, so that a power cut
            loses none; a kill of the process or the container never does.
        history_spool_max_bytes: how much may wait for the database in each worker; then
            predictions are refused (503), not lost.
        history_drain_seconds: how long a stop may take to write what waits; the next start
            writes the rest.
    """

    model_config = SettingsConfigDict(
        env_prefix="VIGIA_", extra="ignore", frozen=True, populate_by_name=True
    )

    state_dir: Path = Path(".vigia")
    database_url: SecretStr = Field(default=SecretStr(""), validation_alias="DATABASE_URL")
    history: Literal["on", "off"] = "on"
    history_fsync: Literal["on", "off"] = "off"
    history_spool_max_bytes: int = Field(default=2 * 2**30, ge=_SMALLEST_SPOOL)
    history_drain_seconds: float = Field(default=10.0, ge=0)

    @property
    def history_url(self) -> str:
        """The address of the history's database."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.state_dir / 'history.db'}"

    @property
    def spool_dir(self) -> Path:
        """Folder of what waits for the history's database; a disk of this machine."""
        return self.state_dir / "spool"
