"""What a clinical problem declares; everything else is derived from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from ml.problems.candidates import SEARCH, Search
from ml.problems.contract import Column, Identifier, Input
from ml.problems.features import Feature
from ml.problems.gates import Gates, Subgrouping
from ml.problems.monitoring import Monitoring
from ml.problems.statement import Statement
from ml.problems.text import Text

if TYPE_CHECKING:
    import pyarrow as pa


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where the original data come from.

    Args:
        url: address of a CSV file, plain, gzipped or inside a zip archive.
        member: file name inside the archive, where it is one.
        sha256: digest of the unpacked CSV; a download that differs is refused.
        missing: the texts that mean "missing"; an empty field always does.
        citation: whom to name, with the licence.
        period: when the data were recorded.
    """

    url: str
    member: str = ""
    sha256: str = ""
    missing: frozenset[str] = frozenset()
    citation: str = ""
    period: str = ""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What is predicted.

    Args:
        column: the column that holds the outcome in the source.
        classes: the outcomes to tell apart, with the texts that stand for each in the
            source. The class of a binary problem that a risk is about comes last.
        labels: the classes' names for a person, in the same order.
    """

    column: str
    classes: dict[str, frozenset[str]]
    labels: dict[str, Text]

    @property
    def positive(self) -> str:
        """The class that the risk of a binary problem is about."""
        return tuple(self.classes)[-1]


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
        columns: the data contract, in the order of the source.
        sections: the form's sections in order, by the name that columns refer to.
        target: what is predicted.
        out_of_scope: rows that are left out when modelling.
        rules: checks across columns.
        features: the model's inputs.
        forest: settings of the random forest of the simple training.
        search: the candidates of the automatic training, and where they are looked for.
        bands: risk bands, lowest first.
        limits: declared bounds.
        gates: what a model must show before it is promoted.
        monitoring: when the model in service is to be trained anew.
        subgroups: the columns by which a model is looked at, group by group.
        statement: what a model card says that nobody can compute.
        example: a record that shows the API at work.
        generate: the problem's synthetic generator.
    """

    name: str
    title: Text
    question: Text
    source: Source
    record_key: str
    group_key: str
    columns: tuple[Column, ...]
    sections: dict[str, Text]
    target: Target
    out_of_scope: tuple[OutOfScope, ...] = ()
    rules: tuple[Rule, ...] = ()
    features: tuple[Feature, ...]
    forest: dict[str, float]
    search: Search = SEARCH
    bands: tuple[RiskBand, ...]
    limits: Limits
    gates: Gates = Gates()
    monitoring: Monitoring = Monitoring()
    subgroups: tuple[Subgrouping, ...] = ()
    statement: Statement
    example: dict[str, str | int | float]
    generate: Generator

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The columns that a request may carry, in order."""
        return tuple(
            column
            for column in self.columns
            if not isinstance(column, Identifier) and column.name != self.target.column
        )

    @property
    def names(self) -> tuple[str, ...]:
        """All column names, in order."""
        return tuple(column.name for column in self.columns)
