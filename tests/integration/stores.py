"""A raw and a clean database, and the settings that go with them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from ml.data import raw_store
from ml.data.database import connect
from ml.problems.problem import Problem
from ml.settings import Settings

_numbers = itertools.count()


class Stores(NamedTuple):
    """What the steps from source to bundle need."""

    raw: sa.Engine
    clean: sa.Engine
    settings: Settings


@contextmanager
def fresh_stores(
    postgres: Callable[[str], str], folder: Path, synthetic_rows: int = 3000
) -> Iterator[Stores]:
    """Make two empty databases and drop them in the end."""
    number = next(_numbers)
    names = [f"{kind}_{number}" for kind in ("raw", "clean")]
    settings = Settings(
        state_dir=folder, batch_rows=1000, synthetic_rows=synthetic_rows, bootstrap_replicates=40
    )
    admin = sa.create_engine(postgres("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for name in names:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        raw, clean = (connect(postgres(name)) for name in names)
        yield Stores(raw, clean, settings)
        raw.dispose()
        clean.dispose()
        for name in names:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def ingest(stores: Stores, problem: Problem, location: str) -> None:
    """Load a source into the raw store."""
    raw_store.ingest(stores.raw, problem, location, stores.settings, "test")
