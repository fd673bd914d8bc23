"""What the API says of a whole list."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from ml.problems.text import Text
from ui.answers import FieldError, Model, ProblemDocument

UNDER_WAY: Final = frozenset({"waiting", "running"})


class Job(msgspec.Struct, frozen=True):
    """A list that is answered in the background."""

    job: str
    state: str
    rows_total: int
    rows_done: int = 0
    rows_refused: int = 0
    error: ProblemDocument | None = None


class Start(msgspec.Struct, frozen=True, tag="start"):
    """The first line: which model answers."""

    model: Model


class ScoredRow(msgspec.Struct, frozen=True, tag="row"):
    """A row's risk; `row` counts from 1. `probabilities` of all classes where there are several."""

    row: int
    key: dict[str, str | int | float | None]
    risk: float
    band: str
    missing: tuple[str, ...]
    warnings: tuple[Text, ...]
    predicted: str = ""
    probabilities: tuple[float, ...] = ()


class RefusedRow(msgspec.Struct, frozen=True, tag="refused"):
    """A row that was not scored, and why."""

    row: int
    key: dict[str, str | int | float | None]
    errors: tuple[FieldError, ...]


class End(msgspec.Struct, frozen=True, tag="end"):
    """The last line; a result without it is not complete."""

    rows: int


Line: TypeAlias = Start | ScoredRow | RefusedRow | End


class Result(msgspec.Struct, frozen=True):
    """A whole list, answered."""

    model: Model
    scored: tuple[ScoredRow, ...]
    refused: tuple[RefusedRow, ...]
