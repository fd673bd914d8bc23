"""One patient: a form derived from the problem's declaration, and the API's answer."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import streamlit as st

from ml.errors import VigiaError
from ml.problems import Problem
from ml.problems.contract import Value
from ui import controls, form, judgement, problems, result, service, texts
from ui.answers import Explanations
from ui.answers.model import ModelInfo
from ui.page import choose_problem, standing
from ui.session import clear, fill_in, keep, language, record, say
from ui.texts import patient as words

OUTCOME = "outcome/"


class Outcome(msgspec.Struct, frozen=True):
    """What the API said to a record, and when."""

    record: dict[str, Value]
    answer: Explanations | VigiaError
    at: datetime


def show() -> None:
    """Draw the page."""
    problem = choose_problem()
    st.title(problem.title.to(language()), anchor=False)
    info = standing(problem)
    st.info(say(texts.NOTICE), icon=":material/info:")
    st.markdown(problem.question.to(language()))
    _body(problem, info)


@st.fragment
def _body(problem: Problem, info: ModelInfo | None) -> None:
    """Draw the form and its answer; what is typed here does not ask the API anything."""
    keep()  # the rest of the page, which does so too, is not drawn with every click here
    left, right = st.columns([5, 3], gap="medium")
    with left, st.container(key="form"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(say(texts.FILL_IN))
            st.button(say(words.EXAMPLE), on_click=_fill_in, args=(problem,), key="example")
        controls.draw(problem)
    with right, st.container(key="result"):
        _estimate(problem, info)


def _estimate(problem: Problem, info: ModelInfo | None) -> None:
    with st.container(key="ask", horizontal=True):
        clicked = st.button(say(words.ESTIMATE), type="primary", key="estimate")
        st.button(say(words.RESET), on_click=_reset, args=(problem,), key="reset")
    wrong = form.complaints(problem, record(problem), language())
    if clicked and not wrong:
        _ask(problem, info)
    if clicked and wrong:
        found = [f"**{problems.label_of(problem, n)}**: {text}" for n, text in wrong.items()]
        st.error(problems.listed(say(texts.CORRECT_FIRST), found))
    else:
        _show_outcome(problem, info)


def _ask(problem: Problem, info: ModelInfo | None) -> None:
    """Ask for an estimate; draw the whole page anew where its banners are out of date."""
    typed = record(problem)
    answer: Explanations | VigiaError
    try:
        with st.spinner(say(words.ESTIMATING)):
            answer = service.client().explain(problem.name, typed)
    except VigiaError as error:
        answer = error
    st.session_state[OUTCOME + problem.name] = Outcome(typed, answer, datetime.now(UTC))
    before = "" if info is None else info.data
    if before != ("" if isinstance(answer, VigiaError) else answer.model.data):
        service.forget()
        st.rerun()


def _show_outcome(problem: Problem, info: ModelInfo | None) -> None:
    outcome: Outcome | None = st.session_state.get(OUTCOME + problem.name)
    st.subheader(say(words.RESULT), anchor=False)
    if outcome is None:
        st.caption(say(words.NO_RESULT))
        return
    if isinstance(outcome.answer, VigiaError):
        problems.show(outcome.answer, problem)
        return
    if outcome.record != record(problem):
        st.warning(say(words.STALE), icon=":material/update:")
    result.show(problem, outcome.answer, outcome.record, outcome.at, info)
    if outcome.answer.ids:
        with st.container(key="judgement"):
            judgement.draw(problem, outcome.answer.ids[0])


def _fill_in(problem: Problem) -> None:
    fill_in(problem)
    st.session_state.pop(OUTCOME + problem.name, None)


def _reset(problem: Problem) -> None:
    clear(problem)
    st.session_state.pop(OUTCOME + problem.name, None)
