"""The tables of a model card, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.training.evaluation.metrics import TITLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml.bundle import Interval
    from ml.bundle.evaluation import Gap, LearningPoint, NetBenefit, OperatingPoint, Subgroup
    from ml.problems.problem import Problem

# What a metric says; a title for each is in `ml.training.evaluation.metrics`.
_MEANINGS = {
    "auroc": "how often the one of two who has the outcome gets the higher risk; chance is .5",
    "auprc": "mean precision over all thresholds; chance is the outcome rate",
    "brier": "mean squared error of the risk; less is better",
    "brier_skill": "share of the error that is saved over telling all the mean",
    "log_loss": "mean surprise; less is better",
    "ece_mass": "mean distance of risk and rate; 0 is right",
    "ece_width": "the same over bins of equal width",
    "calibration_slope": "1 is right; below 1, risks are too extreme",
    "calibration_intercept": "0 is right; below 0, risks are too high",
    "accuracy": "share of rows whose predicted class is right",
    "sensitivity": "of those who have the outcome, the share that is predicted to",
    "specificity": "of those who have it not, the share that is not",
}
_GAP_NAMES = {
    "auroc": "AUROC",
    "gap": "Mean risk less outcome rate",
    "alerts_per_100": "Alerts per 100",
    "recall": "Recall",
    "false_alarms": "False alarms",
}


def table(head: Sequence[str], rows: Sequence[Sequence[str]], texts: Sequence[int] = (0,)) -> str:
    """Return a table; the columns of these numbers are text, the others are figures."""
    marks = ["---" if place in texts else "---:" for place in range(len(head))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, marks, *rows])


def estimate(interval: Interval | None, digits: int = 3) -> str:
    """Return a value with its interval, or a dash."""
    if interval is None:
        return "-"
    value, low, high = (f"{x:.{digits}f}" for x in (interval.value, interval.low, interval.high))
    return f"{value} [{low}, {high}]"


def metrics(found: Mapping[str, Interval]) -> str:
    """Return the headline metrics, each with what it says."""
    rows = [
        [TITLES[name], estimate(interval, 4), _MEANINGS[name]] for name, interval in found.items()
    ]
    return table(["metric", "value", "meaning"], rows, texts=(0, 2))


def operating_points(points: Sequence[OperatingPoint]) -> str:
    """Return what comes of acting from each threshold on."""
    rows = [
        [
            point.label.en,
            f"{point.threshold:.3f}",
            estimate(point.values.get("alerts_per_100"), 1),
            *(estimate(point.values.get(name)) for name in ("precision", "recall", "specificity")),
        ]
        for point in points
    ]
    head = ["act on", "from risk", "alerts per 100", "precision", "recall", "specificity"]
    return table(head, rows)


def worth(curve: Sequence[NetBenefit]) -> str:
    """Say where the model beats acting on everybody and on nobody."""
    useful = [p.threshold for p in curve if p.model.low > max(0.0, p.everybody)]
    if not useful:
        return "At no threshold is its net benefit beyond doubt above acting on all or on nobody."
    return (
        f"Decision curve: from a threshold of {min(useful):.0%} to {max(useful):.0%}, acting by "
        f"the model has more net benefit than acting on all or on nobody, beyond doubt."
    )


def subgroups(problem: Problem, found: Sequence[Subgroup]) -> str:
    """Return the metrics of every group; small ones without a figure."""
    labels = {column.name: column.label.en for column in problem.inputs}
    rows = [
        [
            f"{labels[group.column]}: {group.label.en}",
            "few" if group.rows is None else str(group.rows),
            *(
                estimate(group.metrics.get(name))
                for name in ("auroc", "rate", "risk", "recall", "false_alarms")
            ),
        ]
        for group in found
    ]
    head = ["group", "rows", "AUROC", "outcome rate", "mean risk", "recall", "false alarms"]
    return table(head, rows)


def gaps(problem: Problem, found: Sequence[Gap]) -> str:
    """Return the largest difference of each metric of fairness between groups of a column."""
    labels = {column.name: column.label.en for column in problem.inputs}
    rows = [
        [
            f"{labels[gap.column]}: {_GAP_NAMES[gap.metric]}",
            estimate(gap.difference, 1 if gap.metric == "alerts_per_100" else 3),
            gap.highest.en,
            gap.lowest.en,
        ]
        for gap in found
    ]
    return table(["what", "difference", "highest", "lowest"], rows, texts=(0, 2, 3))


def learning(points: Sequence[LearningPoint]) -> str:
    """Return the learning curve."""
    rows = [[str(p.rows), f"{p.training:.4f}", f"{p.validation:.4f}"] for p in points]
    return table(["rows learned from", "log-loss on them", "log-loss on validation rows"], rows)
