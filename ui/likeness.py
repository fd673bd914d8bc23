"""What the test part tells about patients like one: how often the outcome came, and for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ml.problems import Problem
from ml.problems.contract import Category, Value
from ml.problems.text import Text
from ui.answers.model import Bin, Evaluation, ModelInfo, Subgroup


def calibration(info: ModelInfo | None, of_class: str) -> tuple[Bin, ...]:
    """Return test rows by the risk of a class, lowest first; none where nobody looked."""
    evaluation = info.evaluation if info else None
    found = evaluation.classes.get(of_class) if evaluation else None
    return found.calibration if found else ()


def base_rate(bins: tuple[Bin, ...]) -> float | None:
    """Return how often the outcome came among all test rows."""
    rows = sum(each.rows for each in bins)
    return sum(each.rows * each.rate.value for each in bins) / rows if rows else None


def similar(bins: tuple[Bin, ...], risk: float) -> Bin | None:
    """Return the test rows whose mean risk is nearest to `risk`."""
    return min(bins, key=lambda each: abs(each.risk - risk), default=None)


def groups(
    problem: Problem, evaluation: Evaluation | None, record: Mapping[str, Value]
) -> Iterator[tuple[Category, Subgroup]]:
    """Yield the examined groups that a record's categories belong to."""
    columns = {c.name: c for c in problem.inputs if isinstance(c, Category)}
    labels = {
        name: _label(problem, columns[name], str(value))
        for name, value in record.items()
        if name in columns
    }
    for group in evaluation.subgroups if evaluation else ():
        if group.label == labels.get(group.column):
            yield columns[group.column], group


def _label(problem: Problem, column: Category, value: str) -> Text | None:
    """Return the name of the declared group that a value belongs to."""
    for by in problem.subgroups:
        if by.column == column.name and by.groups:
            return next((group.label for group in by.groups if value in group.values), None)
    return column.values.get(value)
