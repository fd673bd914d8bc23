"""What one visitor's session holds: the language, and what was typed."""

from __future__ import annotations

from typing import cast

import streamlit as st

from ml.problems import Problem
from ml.problems.contract import Input, Value
from ml.problems.text import Text
from ui import texts
from ui.settings import settings

LANGUAGE = "language"
KEPT = "kept/"  # keys of the controls whose labels change with the language


def language() -> str:
    """Return the language of this session."""
    return cast("str", st.session_state.get(LANGUAGE) or settings().language)


def say(text: Text, **values: str | int) -> str:
    """Return `text` in the session's language with `values` filled in."""
    return text.to(language()).format(**values)


def choose_language() -> None:
    """Draw the switch between the languages."""
    st.radio(
        say(texts.LANGUAGE),
        tuple(texts.LANGUAGES),
        index=tuple(texts.LANGUAGES).index(settings().language),
        format_func=lambda code: texts.LANGUAGES[code],
        key=LANGUAGE,
        horizontal=True,
        on_change=_carry_over,
        persist_state="session",
    )


def _carry_over() -> None:
    """Hand what was chosen and typed to the page in its new language.

    A pick list sends its label; in the other language that would be none of its labels.
    A callback still reads the value behind the old label.
    """
    for key in map(str, st.session_state):
        if key.startswith(KEPT):
            st.session_state[key] = st.session_state[key]


def field_key(problem: Problem, column: Input) -> str:
    """Return the key under which the session holds the field of `column`."""
    return f"{KEPT}{problem.name}/{column.name}"


def record(problem: Problem) -> dict[str, Value]:
    """Return what was typed, without the empty fields."""
    typed = {c.name: st.session_state.get(field_key(problem, c)) for c in problem.inputs}
    return {name: value for name, value in typed.items() if value not in (None, "")}


def clear(problem: Problem) -> None:
    """Empty every field of `problem`."""
    for column in problem.inputs:
        st.session_state[field_key(problem, column)] = None
