"""The API's answers as the pages read them; fields that no page uses are not named.

What is said of one record and who asks is here; `history`, `batch` and `model` hold the rest.
"""

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


class Caller(msgspec.Struct, frozen=True):
    """Whom the API takes the pages for, and the roles that come with it."""

    name: str
    roles: tuple[str, ...]


class Model(msgspec.Struct, frozen=True):
    """The model behind an answer; `data` is `SYNTHETIC` where it learned from no patient."""

    name: str
    version: str | int
    digest: str
    data: str


class Band(msgspec.Struct, frozen=True):
    """The risk band that a probability falls into."""

    name: str
    label: Text


class NamedClass(msgspec.Struct, frozen=True):
    """One of the outcomes that are told apart."""

    name: str
    label: Text


class Reason(msgspec.Struct, frozen=True):
    """One input's part in a risk, in words and on the scale of log-odds."""

    column: str
    contribution: float
    missing: bool
    sentence: Text


class Reasons(msgspec.Struct, frozen=True):
    """The inputs that raise and lower a risk most, the strongest first."""

    up: tuple[Reason, ...] = ()
    down: tuple[Reason, ...] = ()


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One record's risk, between 0 and 1, and all that belongs to it.

    Args:
        probability: the risk; of more than two classes that of the predicted one.
        predicted: the class that is predicted.
        probabilities: of every class, by name.
        log_odds: of the risk.
        contributions: what each input adds to the log-odds.
        reasons: those that move it most.
        band: that the risk falls into.
        missing: inputs that are absent or not known.
        warnings: why the record lies outside what the model is meant for.
        rare: inputs whose value the model has hardly met.
    """

    probability: float
    predicted: NamedClass | None = None
    probabilities: dict[str, float] = {}
    log_odds: float = 0.0
    contributions: dict[str, float] = {}
    reasons: Reasons = Reasons()
    band: Band | None = None
    missing: tuple[str, ...] = ()
    warnings: tuple[Text, ...] = ()
    rare: tuple[str, ...] = ()


class Explanations(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one request; `ids` name its predictions in the history, if there is one.

    `request_id` finds it in logs, traces and the history; the client fills it in.
    """

    explanations: tuple[Explained, ...]
    model: Model
    ids: tuple[str, ...] = ()
    request_id: str = ""


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
