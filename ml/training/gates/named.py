"""What the gates call a group of patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.problems.text import Text

if TYPE_CHECKING:
    from ml.bundle.evaluation import Subgroup
    from ml.problems.problem import Problem
    from ml.training.evaluation.membership import Members

NO_GROUP = Text(
    "no declared subgroup has enough test rows",
    "ningún subgrupo declarado tiene suficientes filas de prueba",
)


def named(problem: Problem, group: Subgroup | Members) -> Text:
    """Return a group's name: its column's label and its own."""
    labels = {column.name: column.label for column in problem.inputs}
    return Text.joined(": ", (labels[group.column], group.label))
