"""The model card: what a reader should know before trusting a model.

After Mitchell et al., "Model Cards for Model Reporting", 2019.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.training.card_tables import gaps, learning, metrics, operating_points, subgroups, worth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml.bundle import Calibrator, Content
    from ml.problems.problem import Problem
    from ml.problems.text import Text

NOTICE = "Decision support, not a diagnosis."
SYNTHETIC = (
    "**SYNTHETIC DATA.** This model learned from generated rows. Nothing it says is about "
    "real patients, and none of its figures says how well a model would do on them."
)


def card(problem: Problem, content: Content) -> str:
    """Return the model card in Markdown. It holds no time, so that it is repeatable."""
    sections = [
        f"# {problem.title.en}",
        *([SYNTHETIC] if content.data == "synthetic" else []),
        f"{problem.question.en}. {NOTICE}",
        *_use(problem),
        *_data(problem, content),
        *_performance(problem, content),
        *_groups(problem, content),
        *_limits(problem),
        *_origin(content),
    ]
    return "\n\n".join(sections) + "\n"


def _listed(texts: tuple[Text, ...]) -> str:
    return "\n".join(f"- {text.en}." for text in texts)


def _use(problem: Problem) -> Iterator[str]:
    statement = problem.statement
    yield "## Intended use"
    yield f"- Use: {statement.use.en}.\n- Users: {statement.users.en}."
    yield "It must not be used:"
    yield _listed(statement.misuse)
    yield "\n".join(f"- Not meant where: {scope.reason.en}." for scope in problem.out_of_scope)


def _data(problem: Problem, content: Content) -> Iterator[str]:
    lineage, rows = content.lineage, content.rows
    real = content.data == "real"
    used = f"{rows['train']} to train, {rows['validation']} to calibrate, {rows['test']} to test"
    yield "## Data"
    yield "\n".join(
        [
            f"- Kind: {content.data}",
            f"- Source: {lineage['source']}",
            f"- Origin: {problem.source.citation if real else 'the generator of the problem'}",
            f"- Period: {problem.source.period or 'not declared' if real else 'none'}",
            f"- Data hash: `{lineage['data_hash']}`",
            f"- Rows ingested: {rows['raw']}; used: {used}",
            "- Split: by patient, salted hash; no patient stands in two parts",
        ]
    )


def _performance(problem: Problem, content: Content) -> Iterator[str]:
    yield "## Performance on the test part"
    yield (
        "Nobody learned from these rows. In brackets: 95 % intervals, from a bootstrap that "
        "resamples whole patients."
    )
    yield metrics(content.metrics)
    for name, found in content.evaluation.classes.items():
        label = problem.target.labels[name].en
        yield f"### Acting on the risk: {label}"
        yield operating_points(found.operating_points)
        yield worth(found.decision)
    if content.evaluation.learning:
        yield "### Would more data help?"
        yield learning(content.evaluation.learning)


def _groups(problem: Problem, content: Content) -> Iterator[str]:
    found = content.evaluation
    if not found.subgroups:
        return
    gates = problem.gates
    last = (
        f"the band *{problem.bands[-1].label.en.lower()}*"
        if problem.bands
        else "a risk of one half"
    )
    yield "## Performance by group"
    yield (
        f"Groups of fewer than {gates.subgroup_rows} test rows, or fewer than "
        f"{gates.subgroup_outcomes} of any outcome, are not shown. *Recall* and *false alarms* "
        f"are those of acting on {last}."
    )
    yield subgroups(problem, found.subgroups)
    if found.gaps:
        yield "### Largest gaps between groups"
        yield "Chance alone makes gaps: an interval that ends far from 0 is a finding."
        yield gaps(problem, found.gaps)


def _limits(problem: Problem) -> Iterator[str]:
    statement = problem.statement
    yield "## Limits"
    yield "\n".join(
        [
            *(f"- {text.en}." for text in statement.limits),
            "- A risk is an association in past data, never a cause.",
            "- Missing inputs are allowed; the answer names them and is less certain.",
        ]
    )
    if statement.ethics:
        yield "## Ethical considerations"
        yield _listed(statement.ethics)
    yield "## How to contest a prediction"
    yield f"{statement.contest.en}."


def _origin(content: Content) -> Iterator[str]:
    lineage = content.lineage
    libraries = ", ".join(f"{name} {version}" for name, version in lineage["libraries"].items())
    yield "## How it was made"
    yield "\n".join(
        [
            f"- Algorithm: {lineage['algorithm']}, seed {lineage['seed']}",
            f"- Calibration of the log-odds: {_calibration(content.calibrator)}",
            f"- Code: `{lineage['code_digest'][:12]}`; libraries: {libraries}",
        ]
    )


def _calibration(found: Calibrator) -> str:
    several = isinstance(found.intercept, tuple)
    intercepts = found.intercept if isinstance(found.intercept, tuple) else (found.intercept,)
    listed = ", ".join(f"{each:.3f}" for each in intercepts)
    return f"slope {found.slope:.3f}, {'intercepts' if several else 'intercept'} {listed}"
