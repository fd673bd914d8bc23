"""What one visitor's session holds: the language, the key, and what was typed."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import streamlit as st

from ml.problems import Problem
from ml.problems.contract import Identifier, Input, Value
from ml.problems.text import Text
from ui import texts
from ui.settings import settings

LANGUAGE = "language"
KEPT = "kept/"  # keys of the controls whose labels change with the language
OTHER_CODE = "/other"
_HELD = "held"
_DRAWN = "drawn page"
_VISIT = "page and how often it was drawn since it was opened"
_TURNS = "turns"


def language() -> str:
    """Return the language of this session."""
    return cast("str", st.session_state.get(LANGUAGE) or settings().language)


def say(text: Text, **values: str | int) -> str:
    """Return `text` in the session's language with `values` filled in."""
    return text.to(language()).format(**values)


def number(value: float, decimals: int = 0) -> str:
    """Return a number as the session's language writes it."""
    text = f"{value:,.{decimals}f}"
    return text if language() == "en" else text.translate(str.maketrans(",.", ".,"))


def percentage(probability: float) -> str:
    """Return `probability` as a whole percentage; never 0 or 100, which would be certainty."""
    percent = round(100 * probability)
    if percent < 1:
        return say(texts.BELOW_ONE_PERCENT)
    if percent > 99:
        return say(texts.ABOVE_99_PERCENT)
    return say(texts.PERCENT, percent=percent)


def share(part: float) -> str:
    """Return a part of a whole as a percentage, which may be 0 or 100."""
    return say(texts.PERCENT, percent=round(100 * part))


def moment(time: datetime) -> str:
    """Return a moment as the server's clock shows it, to the minute."""
    return f"{time.astimezone():%Y-%m-%d %H:%M}"


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


def keep() -> dict[str, object]:
    """Keep what was typed on any page, and return it by key."""
    held: dict[str, object] = st.session_state.setdefault(_HELD, {})
    held |= _typed_anywhere()
    return held


def _typed_anywhere() -> dict[str, object]:
    return {
        key: st.session_state[key] for key in map(str, st.session_state) if key.startswith(KEPT)
    }


def hold(page: str) -> None:
    """Keep what was typed on any page, and give it back to a page that is drawn anew.

    A browser may draw a field empty before it fills in what the server holds. Whoever clicks on
    in that moment, as one does while the API keeps a page waiting, sends the empty field with
    the click. So what vanishes with the very click that leaves a page, on which nothing else
    was done, was never shown, and is kept. What is set here reaches the browser; on a page
    that was drawn to its end nothing is set, as that would undo what is being typed.

    Args:
        page: the page that is about to be drawn; `drawn` is called once it is.
    """
    before, runs = st.session_state.get(_VISIT, (page, 0))
    held: dict[str, object] = st.session_state.setdefault(_HELD, {})
    unseen = page != before and runs == 1
    held |= {
        key: value
        for key, value in _typed_anywhere().items()
        if value or not unseen or key not in held
    }
    st.session_state[_VISIT] = (page, runs + 1 if page == before else 1)
    if st.session_state.get(_DRAWN) != page:
        st.session_state[_DRAWN] = ""
        for key, value in held.items():
            st.session_state[key] = value


def drawn(page: str) -> None:
    """Note that a page was drawn to its end."""
    st.session_state[_DRAWN] = page


def patient_column(problem: Problem) -> Identifier | None:
    """Return the column that tells patients apart, where it is no input itself."""
    for column in problem.columns:
        if column.name == problem.group_key and isinstance(column, Identifier):
            return column
    return None


def field_key(problem: Problem, column: Input | Identifier, turn: int = 0) -> str:
    """Return the key under which the session holds the field of `column` in a turn."""
    return f"{KEPT}{problem.name}/{column.name}" + (f"/{turn}" if turn else "")


def turn(problem: Problem) -> int:
    """Return how often the whole form was filled in or emptied at once.

    Each time the fields are new ones. A browser that has not drawn those yet still sends
    what the old ones held, with a click that follows at once; nobody reads that.
    """
    turns: dict[str, int] = st.session_state.setdefault(_TURNS, {})
    return turns.get(problem.name, 0)


def record(problem: Problem) -> dict[str, Value]:
    """Return what was typed, without the empty fields; the patient's key where it was given."""
    patient = patient_column(problem)
    columns = [*([patient] if patient else []), *problem.inputs]
    now = turn(problem)
    typed = {column.name: _typed(field_key(problem, column, now)) for column in columns}
    return {name: value for name, value in typed.items() if value not in (None, "")}


def _typed(key: str) -> Value:
    """Return what a field holds; behind a pick list of codes may stand a text of its own."""
    value: Value = st.session_state.get(key)
    return st.session_state.get(key + OTHER_CODE) if value == OTHER_CODE else value


def clear(problem: Problem) -> None:
    """Empty every field of `problem`."""
    for key in map(str, st.session_state):
        if key.startswith(f"{KEPT}{problem.name}/"):
            st.session_state.get(_HELD, {}).pop(key, None)
            del st.session_state[key]
    now = turn(problem)
    st.session_state[_TURNS][problem.name] = now + 1


def fill_in(problem: Problem) -> None:
    """Fill in the declared example."""
    clear(problem)
    now = turn(problem)
    for column in problem.inputs:
        if column.name in problem.example:
            st.session_state[field_key(problem, column, now)] = problem.example[column.name]
