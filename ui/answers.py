"""The API's answers as the pages read them; fields that no page uses are not named."""

from __future__ import annotations

from typing import Final

import msgspec

from ml.problems.text import Text

SYNTHETIC: Final = "synthetic"


class Served(msgspec.Struct, frozen=True):
    """One problem that the API serves."""

    problem: str


class Listing(msgspec.Struct, frozen=True):
    """All problems that the API serves, and the one that it answers for by default."""

    default_problem: str
    models: tuple[Served, ...]


class Model(msgspec.Struct, frozen=True):
    """The model behind an answer; `data` is `SYNTHETIC` where it learned from no patient."""

    name: str
    version: str | int
    digest: str
    data: str


class ModelInfo(Model, frozen=True):
    """What is served for one problem."""

    problem: str


class Band(msgspec.Struct, frozen=True):
    """The risk band that a probability falls into."""

    name: str
    label: Text


class Detail(msgspec.Struct, frozen=True):
    """What belongs to one prediction besides its probability."""

    missing: tuple[str, ...] = ()
    warnings: tuple[Text, ...] = ()
    band: Band | None = None


class Scores(msgspec.Struct, frozen=True):
    """The answer to one request for predictions; probabilities lie between 0 and 1."""

    predictions: tuple[float, ...]
    model: Model
    details: tuple[Detail, ...]


class FieldError(msgspec.Struct, frozen=True):
    """One broken rule, as a problem document lists it."""

    message: str
    rule: str = ""
    field: str | None = None
    record: int | None = None


class ProblemDocument(msgspec.Struct, frozen=True):
    """An error as RFC 9457 describes it."""

    type: str = ""
    title: str = ""
    detail: str = ""
    errors: tuple[FieldError, ...] = ()
