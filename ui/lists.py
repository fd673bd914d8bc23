"""What a list needs from a problem's declaration: its template, and its checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ml.errors import Violation
from ml.problems import Problem
from ml.problems.contract import Category, Code, Number
from ui import form, texts
from ui.answers.batch import RefusedRow, Result, ScoredRow
from ui.grades import classes, grades, several
from ui.problems import label_of, rule
from ui.session import language, percentage, say
from ui.spreadsheet import Rows
from ui.texts import batch as words
from ui.texts import history as shared


def header(problem: Problem) -> list[str]:
    """Return the columns of a template: the keys, then the inputs."""
    return [*keys(problem), *(column.name for column in problem.inputs)]


def keys(problem: Problem) -> list[str]:
    """Return the columns that tell rows and patients apart."""
    return list(dict.fromkeys((problem.record_key, problem.group_key)))


def guide(problem: Problem) -> list[list[str]]:
    """Return what each column means and may hold, in the session's language."""
    labels = {column.name: column.label.to(language()) for column in problem.columns}
    head = [say(words.COLUMN), say(words.MEANING), say(words.ALLOWED)]
    named = [[name, labels[name], say(words.ANY_TEXT)] for name in keys(problem)]
    inputs = [[c.name, form.label(c, language()), "; ".join(_allowed(c))] for c in problem.inputs]
    return [head, *named, *inputs]


def _allowed(column: Number | Category | Code) -> Iterator[str]:
    if isinstance(column, Category):
        for value, label in form.choices(column, language()).items():
            yield value if value == label else f"{value} = {label}"
    else:
        yield form.placeholder(column, language())


def example(problem: Problem) -> list[str]:
    """Return the declared example as a row of the template."""
    return [str(problem.example.get(name, "")) for name in header(problem)]


def complaint(problem: Problem, rows: Rows) -> str:
    """Return what is wrong with a list as a whole, or an empty text."""
    if len(rows) < 2:
        return say(words.NO_ROWS)
    names = rows[0]
    known = {column.name for column in problem.columns}
    unknown = [name or "?" for name in names if name not in known]
    if unknown:
        return say(words.UNKNOWN_COLUMNS, columns=", ".join(unknown))
    twice = [name for name, count in Counter(names).items() if count > 1]
    return say(words.TWICE, columns=", ".join(twice)) if twice else ""


def key_of(key: dict[str, str | int | float | None]) -> list[str]:
    """Return a row's keys as texts."""
    return ["" if value is None else str(value) for value in key.values()]


def key_names(problem: Problem, result: Result) -> list[str]:
    """Return the keys' labels, as far as the list has these columns."""
    labels = {column.name: column.label.to(language()) for column in problem.columns}
    first: tuple[ScoredRow | RefusedRow, ...] = (*result.scored[:1], *result.refused[:1])
    return [labels.get(name, name) for row in first[:1] for name in row.key]


def refused_row(problem: Problem, row: RefusedRow) -> list[str]:
    """Return a rejected row: its number, its keys, and why."""
    why = []
    for error in row.errors:
        violation = Violation(0, error.field or "", error.rule, error.message)
        name = label_of(problem, error.field) if error.field else say(texts.WHOLE_RECORD)
        why.append(f"{name}: {rule(problem, violation)}")
    return [str(row.row), *key_of(row.key), "; ".join(why)]


def scored_row(problem: Problem, row: ScoredRow) -> list[str]:
    """Return an estimated row: number, keys, risk, grade, inputs missing, warnings."""
    grade = grades(problem).of(row)
    warnings = "; ".join(warning.to(language()) for warning in row.warnings)
    missing = str(len(row.missing))
    return [str(row.row), *key_of(row.key), percentage(row.risk), grade, missing, warnings]


def scored_head(problem: Problem, result: Result) -> list[str]:
    """Return the names of the columns of `scored_row`."""
    last = (shared.RISK, grades(problem).title, shared.MISSING, words.WARNINGS)
    return [say(words.ROW), *key_names(problem, result), *(say(text) for text in last)]


def download(problem: Problem, result: Result) -> list[list[object]]:
    """Return the whole answer as rows: those estimated, then those rejected."""
    of_classes = list(classes(problem).values()) if several(problem) else []
    head = [*scored_head(problem, result), *of_classes, say(words.REASON)]
    scored: list[list[object]] = []
    for row in result.scored:
        texts_of = scored_row(problem, row)
        risk = 1 + len(row.key)
        shares = [round(share, 4) for share in row.probabilities]
        scored.append([*texts_of[:risk], round(row.risk, 4), *texts_of[risk + 1 :], *shares, ""])
    gap = [""] * (len(head) - 2)
    refused: list[list[object]] = []
    for refusal in result.refused:
        cells = refused_row(problem, refusal)
        refused.append([*cells[:-1], *gap[len(cells) - 2 :], cells[-1]])
    return [list(head), *scored, *refused]
