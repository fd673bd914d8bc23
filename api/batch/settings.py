"""Settings of batches and explanations, from the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class BatchSettings(BaseSettings):
    """What an upload may hold, and how long its result is kept; names begin with `VIGIA_`.

    Args:
        state_dir: folder of everything that is written on this machine.
        batch_max_bytes: the largest upload; one row group of a Parquet file may not unpack
            to more either. JSON is read as a whole: `body_max_bytes` bounds it.
        batch_max_rows: most rows of an upload; of CSV and NDJSON the lines are counted.
        batch_max_columns: most columns of an upload.
        batch_max_cell: most characters of one value.
        batch_at_once: uploads that a worker answers at the same time.
        batch_jobs: most jobs that are kept, under way or done.
        batch_keep_hours: how long a job's result is kept after its end.
        explain_max_records: most records of one request for an explanation.
        explain_reasons: most reasons in each direction.
    """

    model_config = SettingsConfigDict(env_prefix="VIGIA_", extra="ignore", frozen=True)

    state_dir: Path = Path(".vigia")
    batch_max_bytes: int = Field(default=256 * 2**20, ge=1)
    batch_max_rows: int = Field(default=1_000_000, ge=1)
    batch_max_columns: int = Field(default=500, ge=1)
    batch_max_cell: int = Field(default=1_000, ge=1)
    batch_at_once: int = Field(default=4, ge=1)
    batch_jobs: int = Field(default=20, ge=1)
    batch_keep_hours: float = Field(default=24.0, gt=0)
    explain_max_records: int = Field(default=500, ge=1)
    explain_reasons: int = Field(default=5, ge=1)

    @property
    def batch_dir(self) -> Path:
        """Folder of uploads under way and of jobs' results."""
        return self.state_dir / "batch"
