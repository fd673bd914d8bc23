"""The model card: what a reader should know before trusting a model, in both languages.

After Mitchell et al., "Model Cards for Model Reporting", 2019.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.problems.text import Text
from ml.training import card_texts as words
from ml.training.card_tables import (
    figure,
    gaps,
    learning,
    metrics,
    operating_points,
    subgroups,
    worth,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml.bundle import Content
    from ml.bundle.calibrator import Calibrator
    from ml.problems.problem import Problem


def card(problem: Problem, content: Content) -> Text:
    """Return the model card in Markdown. It holds no time, so that it is repeatable."""
    sections = [
        Text.of("# {title}", "# {title}", title=problem.title),
        *([words.SYNTHETIC] if content.data == "synthetic" else []),
        Text.joined(". ", (problem.question, words.NOTICE)),
        *_use(problem),
        *_data(problem, content),
        *_performance(problem, content),
        *_groups(problem, content),
        *_limits(problem),
        *_origin(content),
    ]
    return Text.joined("", (Text.joined("\n\n", sections), Text.same("\n")))


def _listed(texts: tuple[Text, ...]) -> Text:
    return Text.joined("\n", (Text.of("- {text}.", "- {text}.", text=text) for text in texts))


def _use(problem: Problem) -> Iterator[Text]:
    statement = problem.statement
    yield words.USE
    use = words.USED_FOR.filled(use=statement.use)
    yield Text.joined("\n", (use, words.USED_BY.filled(users=statement.users)))
    yield words.MISUSE
    yield _listed(statement.misuse)
    yield Text.joined(
        "\n", (words.NOT_MEANT.filled(reason=scope.reason) for scope in problem.out_of_scope)
    )


def _data(problem: Problem, content: Content) -> Iterator[Text]:
    lineage, source = content.lineage, problem.source
    real = content.data == "real"
    declared = Text.same(source.period) if source.period else words.NOT_DECLARED
    yield words.DATA
    yield Text.joined(
        "\n",
        [
            words.KINDS[content.data],
            words.SOURCE.filled(source=lineage["source"]),
            words.ORIGIN.filled(origin=source.citation if real else words.GENERATOR),
            words.PERIOD.filled(period=declared if real else words.NONE),
            words.HASH.filled(digest=lineage["data_hash"]),
            words.ROWS.filled(**content.rows),
            words.SPLIT,
        ],
    )


def _performance(problem: Problem, content: Content) -> Iterator[Text]:
    yield words.PERFORMANCE
    yield words.NOBODY_LEARNED
    yield metrics(content.metrics)
    for name, found in content.evaluation.classes.items():
        yield words.ACTING.filled(label=problem.target.labels[name])
        yield operating_points(found.operating_points)
        yield worth(found.decision)
    if content.evaluation.learning:
        yield words.MORE_DATA
        yield learning(content.evaluation.learning)


def _groups(problem: Problem, content: Content) -> Iterator[Text]:
    found, gates = content.evaluation, problem.gates
    if not found.subgroups:
        return
    yield words.GROUPS
    yield words.SMALL_GROUPS.filled(
        rows=gates.subgroup_rows, outcomes=gates.subgroup_outcomes, acting=_acting(problem)
    )
    yield subgroups(problem, found.subgroups)
    if found.gaps:
        yield words.LARGEST_GAPS
        yield words.CHANCE
        yield gaps(problem, found.gaps)


def _limits(problem: Problem) -> Iterator[Text]:
    statement = problem.statement
    said = [_listed(statement.limits)] if statement.limits else []
    yield words.LIMITS
    yield Text.joined("\n", [*said, words.ASSOCIATION, words.MISSING])
    if statement.ethics:
        yield words.ETHICS
        yield _listed(statement.ethics)
    yield words.CONTEST
    yield Text.joined("", (statement.contest, Text.same(".")))


def _origin(content: Content) -> Iterator[Text]:
    lineage, calibrator = content.lineage, content.calibrator
    libraries = ", ".join(f"{name} {version}" for name, version in lineage["libraries"].items())
    yield words.MADE
    yield Text.joined(
        "\n",
        [
            words.ALGORITHM.filled(algorithm=lineage["algorithm"], seed=str(lineage["seed"])),
            words.CALIBRATION.filled(slope=calibrator.slope, intercepts=_intercepts(calibrator)),
            words.CODE.filled(digest=lineage["code_digest"][:12], libraries=libraries),
        ],
    )


def _acting(problem: Problem) -> Text:
    if not problem.bands:
        return words.ACTING_ON_HALF
    last = problem.bands[-1].label
    return words.ACTING_ON_BAND.filled(band=Text(last.en.lower(), last.es.lower()))


def _intercepts(found: Calibrator) -> Text:
    several = found.intercept if isinstance(found.intercept, tuple) else (found.intercept,)
    return Text.joined("; ", (figure(each, ".3f") for each in several))
