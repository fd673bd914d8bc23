"""One control for each kind of column."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ml.problems import Problem
from ml.problems.contract import Category, Code, Input, Number, Value
from ml.problems.text import Text
from ui import form, texts, vocabulary
from ui.session import OTHER_CODE, field_key, language, patient_column, say, turn
from ui.texts import patient as words

ACROSS = 3
LONGEST_KEY = 128


def draw(problem: Problem) -> None:
    """Draw the fields of `problem` by section; the first section is open."""
    if patient := patient_column(problem):
        st.text_input(
            patient.label.to(language()),
            value=None,
            max_chars=LONGEST_KEY,
            help=say(words.PATIENT_KEY_HELP),
            key=field_key(problem, patient, turn(problem)),
            persist_state="session",
        )
    for position, section in enumerate(form.sections(problem)):
        with st.expander(section.title.to(language()), expanded=position == 0):
            across = 1 if any(map(_named, section.fields)) else ACROSS
            for start in range(0, len(section.fields), across):
                # One row after the other, so that Tab and a narrow screen keep the order.
                row = section.fields[start : start + across]
                for place, column in zip(st.columns(across), row, strict=False):
                    with place:
                        _field(problem, column)


def _named(column: Input) -> bool:
    """Tell whether a field offers long names, which need the whole width."""
    return isinstance(column, Code) and bool(vocabulary.names(column.system))


def _field(problem: Problem, column: Input) -> None:
    value = _control(column, field_key(problem, column, turn(problem)))
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
        case Code(system=system) if names := vocabulary.names(system):
            return _named_code(common, names)
        case Code():
            return st.text_input(value=None, **common) or None


def _named_code(common: dict[str, Any], names: dict[str, Text]) -> str | None:
    """Draw a pick list of names and codes, and a field for a code that it lacks."""

    def shown(code: str) -> str:
        if code == OTHER_CODE:
            return say(words.ANOTHER_CODE)
        return f"{names[code].to(language())} ({code})" if code in names else code

    key = common["key"]
    options = [*names, OTHER_CODE]
    current = st.session_state.get(key)
    if current is not None and current not in options:
        options.append(current)  # such as the declared example's
    chosen: str | None = st.selectbox(
        options=options,
        format_func=shown,
        index=None,
        **common | {"placeholder": say(texts.CHOOSE)},
    )
    if chosen != OTHER_CODE:
        return chosen
    label = say(words.THE_CODE, label=common["label"])
    code: str | None = st.text_input(
        value=None, **common | {"label": label, "key": key + OTHER_CODE, "help": None}
    )
    return code or None


def _number(column: Number, common: dict[str, Any]) -> float | None:
    """Draw a number without the control's own limits.

    With them, a value out of range would stay on the screen and yet never arrive.
    """
    whole = column.integer
    return st.number_input(
        value=None, step=1 if whole else 0.1, format="%d" if whole else None, **common
    )
