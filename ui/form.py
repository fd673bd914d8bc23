"""The form that follows from a problem's declaration, without any Streamlit."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ml.problems import Problem
from ml.problems.contract import Category, Code, Input, Number, Refused, Value
from ml.problems.text import Text
from ui import texts


class Section(msgspec.Struct, frozen=True):
    """One group of fields under a heading."""

    title: Text
    fields: tuple[Input, ...]


def sections(problem: Problem) -> tuple[Section, ...]:
    """Return the inputs of `problem` by section, in order; the undeclared come last."""
    titles = problem.sections | {"": texts.OTHER_SECTION}
    groups: dict[str, list[Input]] = {name: [] for name in titles}
    for column in problem.inputs:
        groups[column.section if column.section in titles else ""].append(column)
    return tuple(Section(titles[name], tuple(group)) for name, group in groups.items() if group)


def label(column: Input, language: str) -> str:
    """Return the label of `column` with its unit."""
    text = column.label.to(language)
    if isinstance(column, Number) and column.unit is not None:
        return f"{text} ({column.unit.to(language)})"
    return text


def placeholder(column: Input, language: str) -> str:
    """Return what stands in the empty field of `column`: its range, an example or a word."""
    match column:
        case Number(minimum=low, maximum=high):
            return texts.FROM_TO.to(language).format(minimum=f"{low:g}", maximum=f"{high:g}")
        case Code(example=example):
            return texts.FOR_EXAMPLE.to(language).format(example=example)
        case Category():
            return texts.CHOOSE.to(language)


def choices(column: Category, language: str) -> dict[str, str]:
    """Return the values of `column` with their labels.

    Those that mean "not known" are left out: an empty field says the same.
    """
    return {
        value: text.to(language)
        for value, text in column.values.items()
        if value not in column.unknown
    }


def complaint(column: Input, value: Value, language: str) -> str:
    """Return what is wrong with `value`, or an empty text; an empty field is never wrong."""
    if value is None:
        return ""
    try:
        column.read(value)
    except Refused as refused:
        return explain(column, refused.rule, str(refused), language)
    return ""


def complaints(problem: Problem, record: Mapping[str, Value], language: str) -> dict[str, str]:
    """Return what is wrong with each field of `record` that breaks the contract, by name."""
    found = {c.name: complaint(c, record.get(c.name), language) for c in problem.inputs}
    lacking = [c.name for c in problem.inputs if c.needed and record.get(c.name) is None]
    found |= dict.fromkeys(lacking, texts.NEEDED.to(language))
    return {name: text for name, text in found.items() if text}


def explain(column: Input, rule: str, message: str, language: str) -> str:
    """Return the broken `rule` of `column` in `language`, or `message` for another rule."""
    match column, rule:
        case _, "required":
            return texts.NEEDED.to(language)
        case Number(minimum=low, maximum=high), "minimum" | "maximum":
            return texts.BETWEEN.to(language).format(minimum=f"{low:g}", maximum=f"{high:g}")
        case Number(integer=integer), "type":
            return (texts.WHOLE_NUMBER if integer else texts.NUMBER).to(language)
        case Code(example=example), "pattern" | "type":
            return texts.LOOK_LIKE.to(language).format(example=example)
        case Category(), "enum" | "type":
            return texts.ONE_OF_THE_LIST.to(language)
        case _:
            return message
