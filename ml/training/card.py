"""The model card: what a reader should know before trusting a model.

After Mitchell et al., "Model Cards for Model Reporting", 2019.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml.bundle import Content
    from ml.problems.problem import Problem

NOTICE = "Decision support, not a diagnosis."
SYNTHETIC = (
    "**SYNTHETIC DATA.** This model learned from generated rows. Nothing it says is about "
    "real patients, and none of its figures says how well a model would do on them."
)

_NAMES = {
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "brier": "Brier score",
    "log_loss": "Log-loss",
    "ece": "Calibration error (equal mass)",
}


def card(problem: Problem, content: Content) -> str:
    """Return the model card in Markdown. It holds no time, so that it is repeatable."""
    sections = [
        f"# {problem.title.en}",
        *([SYNTHETIC] if content.data == "synthetic" else []),
        f"{problem.question.en}. {NOTICE}",
        "## Data",
        _data(problem, content),
        "## Performance on the test part",
        _metrics(content),
        "## Limits",
        _limits(problem),
    ]
    return "\n\n".join(sections) + "\n"


def _data(problem: Problem, content: Content) -> str:
    lineage, rows = content.lineage, content.rows
    origin = problem.source.citation if content.data == "real" else "the problem's generator"
    used = f"{rows['train']} to train, {rows['validation']} to calibrate, {rows['test']} to test"
    return "\n".join(
        [
            f"- Kind: {content.data}",
            f"- Source: {lineage['source']}",
            f"- Origin: {origin}",
            f"- Data hash: `{lineage['data_hash']}`",
            f"- Rows ingested: {rows['raw']}; used: {used}",
            "- Split: by patient, salted hash; no patient stands in two parts",
            f"- Algorithm: {lineage['algorithm']}, seed {lineage['seed']}",
        ]
    )


def _metrics(content: Content) -> str:
    lines = ["| metric | value | 95 % interval |", "|---|---|---|"]
    for name, interval in content.metrics.items():
        title = _NAMES.get(name, name)
        lines.append(
            f"| {title} | {interval.value:.4f} | {interval.low:.4f} to {interval.high:.4f} |"
        )
    return "\n".join([*lines, "", "Intervals: bootstrap that resamples whole patients."])


def _limits(problem: Problem) -> str:
    lines = [f"- Not meant where: {scope.reason.en}." for scope in problem.out_of_scope]
    return "\n".join(
        [
            *lines,
            "- A risk is an association in past data, never a cause.",
            "- Missing inputs are allowed; the answer names them and is less certain.",
        ]
    )
