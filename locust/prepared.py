"""What is sent, made ready before the run: users must cost the machine as little as they can."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import httpx
import msgspec
import pyarrow as pa
from load_settings import LoadSettings
from pyarrow import csv

from ml import problems
from ml.problems import Problem

T = TypeVar("T")
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Material:
    """The requests about one problem.

    Args:
        problem: its name.
        singles: bodies with one record each, as JSON.
        lists: bodies with many rows each, as CSV.
    """

    problem: str
    singles: tuple[bytes, ...]
    lists: tuple[bytes, ...]

    def single(self) -> bytes:
        """Return a body with one record, drawn by lot."""
        return _drawn(self.singles)

    def list(self) -> bytes:
        """Return a body with many rows, drawn by lot."""
        return _drawn(self.lists)

    @classmethod
    def of(cls, problem: Problem, settings: LoadSettings) -> Self:
        """Return requests drawn from the problem's generator, without the outcome."""
        rows = problem.generate(settings.records, settings.seed).drop_columns(problem.target.column)
        return cls(
            problem.name,
            tuple(_single(record) for record in rows.to_pylist()),
            tuple(
                _csv(rows.slice(start, settings.list_rows))
                for start in range(0, rows.num_rows, settings.list_rows)
            ),
        )


@dataclass(frozen=True)
class Prepared:
    """The requests about every problem that a host serves, as far as wanted."""

    host: str
    materials: tuple[Material, ...]

    def draw(self) -> Material:
        """Return the material of a problem drawn by lot."""
        return _drawn(self.materials)


def prepare(host: str, settings: LoadSettings) -> Prepared:
    """Ask the API whom it serves, and make the requests ready.

    Raises:
        RuntimeError: the API does not answer, or serves no model that could be asked.
    """
    served = _served(host, settings)
    wanted = settings.problems or tuple(sorted(served))
    missing = [name for name in wanted if name not in served]
    if missing or not wanted:
        message = (
            f"{host} serves no model of {', '.join(missing) or 'any problem'}: "
            "train one first (`make run PROBLEM=...`), or set VIGIA_LOAD_PROBLEMS"
        )
        raise RuntimeError(message)
    return Prepared(host, tuple(Material.of(problems.find(name), settings) for name in wanted))


def _drawn(choices: Sequence[T]) -> T:
    return random.choice(choices)  # noqa: S311 # what is asked next is no secret


def _served(host: str, settings: LoadSettings) -> set[str]:
    key = settings.api_key.get_secret_value()
    headers = {"authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.get(
            f"{host}/models", headers=headers, timeout=_PATIENCE_SECONDS, trust_env=False
        )
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise RuntimeError(f"the API at {host} cannot be loaded: {error}") from error
    return {row["problem"] for row in answer.json()["models"] if row["version"]}


def _single(record: dict[str, Any]) -> bytes:
    known = {name: value for name, value in record.items() if value is not None}
    return msgspec.json.encode({"records": [known]})


def _csv(rows: pa.Table) -> bytes:
    written = io.BytesIO()
    csv.write_csv(rows, written)
    return written.getvalue()
