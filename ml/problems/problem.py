"""What a clinical problem declares; everything else is derived from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from ml.problems.candidates import RANDOM_FOREST, SEARCH, Parameters, Part, Search
from ml.problems.contract import Column, Identifier, Input
from ml.problems.dialect import Dialect
from ml.problems.features import Feature
from ml.problems.gates import Gates, Subgrouping
from ml.problems.monitoring import Monitoring
from ml.problems.statement import Statement
from ml.problems.text import Text

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


_TWO, _EVEN = 2, 0.5


class Rows(Protocol):
    """Makes the original rows where a library ships them."""

    def __call__(self) -> pa.Table:
        """Return all rows as text columns, the same at every call."""


class Shipped(msgspec.Struct, frozen=True):
    """Original data that a library ships, so that nothing is downloaded.

    Args:
        name: what to call the source, such as the library's own function.
        rows: makes the rows.
    """

    name: str
    rows: Rows


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where the original data come from: a file at `url`, or what a library has `shipped`.

    A source with neither is the problem's own generator.

    Args:
        url: address of a CSV file, plain, gzipped or inside a zip archive.
        member: file name inside the archive, where it is one.
        shipped: rows that a library holds.
        sha256: digest of the unpacked CSV; a source that differs is refused.
        synthetic: whether the data are made up wherever they come from: they are labelled so,
            even where they come as a file.
        missing: the texts that mean "missing"; an empty field always does.
        citation: whom to name, with the licence.
        period: when the data were recorded.
    """

    url: str = ""
    member: str = ""
    shipped: Shipped | None = None
    sha256: str = ""
    synthetic: bool = False
    missing: frozenset[str] = frozenset()
    citation: str = ""
    period: str = ""


class NamedClass(msgspec.Struct, frozen=True):
    """One of the outcomes that are told apart: its name, and what a person calls it."""

    name: str
    label: Text


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What is predicted.

    Args:
        column: the column that holds the outcome in the source.
        classes: the outcomes to tell apart, with the texts that stand for each in the
            source. The class of a binary problem that a risk is about comes last.
        labels: the classes' names for a person, in the same order.
        threshold: of two classes, the risk from which on the last one is predicted; the more
            probable one is where none is declared.
    """

    column: str
    classes: dict[str, frozenset[str]]
    labels: dict[str, Text]
    threshold: float | None = None

    @property
    def positive(self) -> str:
        """The class that the risk of a binary problem is about."""
        return tuple(self.classes)[-1]

    @property
    def several(self) -> bool:
        """Whether there are more than two classes; a risk is then that of the predicted one."""
        return len(self.classes) > _TWO

    @property
    def decides(self) -> bool:
        """Whether it is declared which class is predicted, so that one can be right or wrong."""
        return self.several or self.threshold is not None

    @property
    def start(self) -> float:
        """Of two classes, the risk from which on the last one is predicted."""
        return _EVEN if self.threshold is None else self.threshold

    @property
    def named(self) -> tuple[NamedClass, ...]:
        """The classes with their labels, in order."""
        return tuple(NamedClass(name, self.labels[name]) for name in self.classes)

    def predicted(self, probabilities: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the index of the predicted class, (rows,), of (rows, classes)."""
        found: NDArray[np.intp]
        if self.several:
            found = probabilities.argmax(axis=1)
        else:
            found = (probabilities[:, -1] >= self.start).astype("intp")
        return found


class OutOfScope(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that a model neither learns from nor is meant for, and why."""

    column: str
    values: frozenset[str]
    reason: Text


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A check across columns for the quality report.

    Where one of `columns` holds one of `values`, `then_column` must hold one of
    `then_values`; where `both_ways` holds, also the other way round.
    """

    name: str
    columns: tuple[str, ...]
    values: frozenset[str]
    then_column: str
    then_values: frozenset[str]
    both_ways: bool = False


class RiskBand(msgspec.Struct, frozen=True, kw_only=True):
    """A band of risk, from `start` upwards to the next band's start."""

    name: str
    start: float
    label: Text


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Declared bounds that stop a batch or a build.

    Args:
        rejected_share: the largest share of rejected rows that a clean build accepts.
    """

    rejected_share: float = 0.05


class Generator(Protocol):
    """Makes synthetic rows in the problem's schema."""

    def __call__(self, rows: int, seed: int) -> pa.Table:
        """Return `rows` rows of text columns, the same for the same `seed`."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One clinical problem, complete.

    Args:
        name: its folder's name; DAGs, routes, schemas and models are called after it.
        title: its name for a person.
        question: what the prediction says, one sentence.
        source: where its data come from.
        record_key: the column that tells rows apart.
        group_key: the column whose values must not be parted by the split.
        split: how rows are dealt out to the parts, see `ml.data.split`.
        columns: the data contract, in the order of the source.
        sections: the form's sections in order, by the name that columns refer to.
        target: what is predicted.
        out_of_scope: rows that are left out when modelling.
        rules: checks across columns.
        features: the model's inputs.
        forest: settings of the random forest of the simple training.
        simple: what the simple training fits instead, where it is not the forest.
        search: the candidates of the automatic training, and where they are looked for.
        bands: risk bands, lowest first; a problem of more than two classes may have none.
        limits: declared bounds.
        gates: what a model must show before it is promoted.
        monitoring: when the model in service is to be trained anew.
        subgroups: the columns by which a model is looked at, group by group.
        statement: what a model card says that nobody can compute.
        example: a record that shows the API at work.
        generate: the problem's synthetic generator.
        dialect: field names that clients of an earlier system know.
    """

    name: str
    title: Text
    question: Text
    source: Source
    record_key: str
    group_key: str
    split: Literal["by_group", "stratified"] = "by_group"
    columns: tuple[Column, ...]
    sections: dict[str, Text]
    target: Target
    out_of_scope: tuple[OutOfScope, ...] = ()
    rules: tuple[Rule, ...] = ()
    features: tuple[Feature, ...]
    forest: Parameters = msgspec.field(default_factory=lambda: RANDOM_FOREST.start)
    simple: Part | None = None
    search: Search = SEARCH
    bands: tuple[RiskBand, ...] = ()
    limits: Limits = Limits()
    gates: Gates = Gates()
    monitoring: Monitoring = Monitoring()
    subgroups: tuple[Subgrouping, ...] = ()
    statement: Statement
    example: dict[str, str | int | float]
    generate: Generator
    dialect: Dialect | None = None

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The columns that a request may carry, in order."""
        return tuple(
            column
            for column in self.columns
            if not isinstance(column, Identifier) and column.name != self.target.column
        )

    @property
    def alert(self) -> float:
        """The risk from which on somebody is alerted: the start of the highest band."""
        return self.bands[-1].start if self.bands else _EVEN

    @property
    def names(self) -> tuple[str, ...]:
        """All column names, in order."""
        return tuple(column.name for column in self.columns)
