"""The tables of a model card, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ml.problems.text import Text
from ml.training import card_texts as words
from ml.training.evaluation.metrics import TITLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml.bundle import Interval
    from ml.bundle.evaluation import Gap, LearningPoint, NetBenefit, OperatingPoint, Subgroup
    from ml.problems.problem import Problem

DASH = Text.same("-")


def table(
    head: Sequence[Text], rows: Sequence[Sequence[Text]], texts: Sequence[int] = (0,)
) -> Text:
    """Return a table; the columns of these numbers are text, the others are figures."""
    marks = [Text.same("---" if place in texts else "---:") for place in range(len(head))]
    lines = [Text.joined(" | ", cells) for cells in [head, marks, *rows]]
    return Text.joined("\n", (Text.of("| {line} |", "| {line} |", line=line) for line in lines))


def figure(value: float, how: str) -> Text:
    """Return a number, in a format of Python's."""
    return Text.of(f"{{value:{how}}}", f"{{value:{how}}}", value=value)


def estimate(interval: Interval | None, digits: int = 3) -> Text:
    """Return a value with its interval, or a dash."""
    if interval is None:
        return DASH
    ends = {
        name: figure(value, f".{digits}f")
        for name, value in msgspec.structs.asdict(interval).items()
    }
    # Where the comma is for decimals, a semicolon parts two numbers.
    return Text.of("{value} [{low}, {high}]", "{value} [{low}; {high}]", **ends)


def metrics(found: Mapping[str, Interval]) -> Text:
    """Return the headline metrics, each with what it says."""
    rows = [
        [TITLES[name], estimate(interval, 4), words.MEANINGS[name]]
        for name, interval in found.items()
    ]
    return table(words.METRICS_HEAD, rows, texts=(0, 2))


def operating_points(points: Sequence[OperatingPoint]) -> Text:
    """Return what comes of acting from each threshold on."""
    rows = [
        [
            point.label,
            figure(point.threshold, ".3f"),
            estimate(point.values.get("alerts_per_100"), 1),
            *(estimate(point.values.get(name)) for name in ("precision", "recall", "specificity")),
        ]
        for point in points
    ]
    return table(words.POINTS_HEAD, rows)


def worth(curve: Sequence[NetBenefit]) -> Text:
    """Say where the model beats acting on everybody and on nobody."""
    useful = [p.threshold for p in curve if p.model.low > max(0.0, p.everybody)]
    if not useful:
        return words.NO_BENEFIT
    return words.BENEFIT.filled(low=min(useful), high=max(useful))


def subgroups(problem: Problem, found: Sequence[Subgroup]) -> Text:
    """Return the metrics of every group; small ones without a figure."""
    labels = {column.name: column.label for column in problem.inputs}
    rows = [
        [
            Text.joined(": ", (labels[group.column], group.label)),
            words.FEW if group.rows is None else Text.same(str(group.rows)),
            *(
                estimate(group.metrics.get(name))
                for name in ("auroc", "rate", "risk", "recall", "false_alarms")
            ),
        ]
        for group in found
    ]
    return table(words.GROUPS_HEAD, rows)


def gaps(problem: Problem, found: Sequence[Gap]) -> Text:
    """Return the largest difference of each metric of fairness between groups of a column."""
    labels = {column.name: column.label for column in problem.inputs}
    rows = [
        [
            Text.joined(": ", (labels[gap.column], words.GAPS[gap.metric])),
            estimate(gap.difference, 1 if gap.metric == "alerts_per_100" else 3),
            gap.highest,
            gap.lowest,
        ]
        for gap in found
    ]
    return table(words.GAPS_HEAD, rows, texts=(0, 2, 3))


def learning(points: Sequence[LearningPoint]) -> Text:
    """Return the learning curve."""
    rows = [
        [Text.same(str(p.rows)), figure(p.training, ".4f"), figure(p.validation, ".4f")]
        for p in points
    ]
    return table(words.LEARNING_HEAD, rows)
