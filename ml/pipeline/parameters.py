"""The parameters of a run: `params.yaml`, so that DVC sees every one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ml.errors import InvalidSettings
from ml.settings import Settings, settings

if TYPE_CHECKING:
    from pathlib import Path


class Prepare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of the stage `prepare`.

    Args:
        source: a path (plain, .gz or .zip), or `synthetic` for the problem's generator.
        synthetic_rows: how many rows the generator makes.
        split_salt: salt of the split.
        seed: of the generator.
    """

    source: str
    synthetic_rows: int
    split_salt: str
    seed: int


class Train(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of the stage `train`.

    Args:
        seed: of every random choice.
        threads: of a fit; the bundle is the same with any number.
        bootstrap_replicates: resamples behind every interval.
    """

    seed: int
    threads: int
    bootstrap_replicates: int


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of `params.yaml`.

    Args:
        problem: which one.
        prepare: of the stage `prepare`.
        train: of the stage `train`.
    """

    problem: str
    prepare: Prepare
    train: Train

    @property
    def settings(self) -> Settings:
        """The library's settings, with what the parameters decide in place of the environment."""
        return settings().model_copy(
            update={
                "synthetic_rows": self.prepare.synthetic_rows,
                "split_salt": self.prepare.split_salt,
                "seed": self.train.seed,
                "training_threads": self.train.threads,
                "bootstrap_replicates": self.train.bootstrap_replicates,
            }
        )


def read(file: Path) -> Parameters:
    """Return the parameters in a file, or raise `InvalidSettings` saying what is wrong."""
    try:
        return msgspec.yaml.decode(file.read_bytes(), type=Parameters)
    except (OSError, msgspec.DecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InvalidSettings(f"{file} cannot be used: {reason}") from error
