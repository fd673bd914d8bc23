"""One control for each kind of column."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ml.problems import Problem
from ml.problems.contract import Category, Code, Input, Number, Value
from ui import form
from ui.session import field_key, language

ACROSS = 3


def draw(problem: Problem) -> None:
    """Draw the fields of `problem` by section; the first section is open."""
    for position, section in enumerate(form.sections(problem)):
        with st.expander(section.title.to(language()), expanded=position == 0):
            for start in range(0, len(section.fields), ACROSS):
                # One row after the other, so that Tab and a narrow screen keep the order.
                row = section.fields[start : start + ACROSS]
                for place, column in zip(st.columns(ACROSS), row, strict=False):
                    with place:
                        _field(problem, column)


def _field(problem: Problem, column: Input) -> None:
    value = _control(column, field_key(problem, column))
    if complaint := form.complaint(column, value, language()):
        st.markdown(f":small[:red[:material/error: {complaint}]]")


def _control(column: Input, key: str) -> Value:
    common: dict[str, Any] = {
        "label": form.label(column, language()),
        "placeholder": form.placeholder(column, language()),
        "help": column.help and column.help.to(language()),
        "key": key,
        "persist_state": "session",
    }
    match column:
        case Number():
            return _number(column, common)
        case Category():
            labels = form.choices(column, language())
            chosen: str | None = st.selectbox(
                options=tuple(labels), format_func=labels.__getitem__, index=None, **common
            )
            return chosen
        case Code():
            return st.text_input(value=None, **common) or None


def _number(column: Number, common: dict[str, Any]) -> float | None:
    """Draw a number without the control's own limits.

    With them, a value out of range would stay on the screen and yet never arrive.
    """
    whole = column.integer
    return st.number_input(
        value=None, step=1 if whole else 0.1, format="%d" if whole else None, **common
    )
