"""One patient: a form derived from the problem's declaration, and the API's answer."""

from __future__ import annotations

import msgspec
import streamlit as st

from ml.errors import VigiaError
from ml.problems import Problem, find, names
from ml.problems.contract import Value
from ui import controls, form, result, service, texts
from ui.answers import SYNTHETIC, Scores
from ui.session import KEPT, clear, language, record, say

OUTCOME = "outcome/"


class Outcome(msgspec.Struct, frozen=True):
    """What the API said to a record."""

    record: dict[str, Value]
    answer: Scores | VigiaError


def show() -> None:
    """Draw the page."""
    problem = _choose_problem()
    st.title(problem.title.to(language()), anchor=False)
    data = _standing(problem)
    st.info(say(texts.NOTICE), icon=":material/info:")
    st.markdown(problem.question.to(language()))
    _body(problem, data)


def _choose_problem() -> Problem:
    """Return the problem to estimate; what is declared stands in while the API is away."""
    try:
        offered = service.served() or names()
    except VigiaError:
        offered = names()  # `_standing` says that the API is away
    if len(offered) == 1:
        return find(offered[0])
    titles = {name: find(name).title.to(language()) for name in offered}
    with st.sidebar:
        chosen = st.selectbox(
            say(texts.PROBLEM),
            offered,
            format_func=titles.__getitem__,
            key=f"{KEPT}problem",
            persist_state="session",
        )
    return find(chosen)


def _standing(problem: Problem) -> str:
    """Say loudly what makes an estimate impossible, or worthless for a real patient.

    Returns:
        What the model was trained on, or an empty text where no model can be asked.
    """
    try:
        info = service.model_info(problem.name)
    except VigiaError as error:
        st.warning(result.reason(error), icon=":material/cloud_off:")
        st.button(say(texts.RETRY), on_click=service.forget, key="retry")
        return ""
    if info.data == SYNTHETIC:
        result.show_synthetic("synthetic-page")
    return info.data


@st.fragment
def _body(problem: Problem, data: str) -> None:
    """Draw the form and its answer; what is typed here does not ask the API anything."""
    left, right = st.columns([5, 3], gap="medium")
    with left:
        st.caption(say(texts.FILL_IN))
        controls.draw(problem)
    with right, st.container(key="result"):
        _estimate(problem, data)


def _estimate(problem: Problem, data: str) -> None:
    with st.container(horizontal=True):
        clicked = st.button(say(texts.ESTIMATE), type="primary", key="estimate")
        st.button(say(texts.RESET), on_click=_reset, args=(problem,), key="reset")
    wrong = form.complaints(problem, record(problem), language())
    if clicked and not wrong:
        _ask(problem, data)
    if clicked and wrong:
        found = [f"**{result.label_of(problem, n)}**: {text}" for n, text in wrong.items()]
        st.error(result.listed(say(texts.CORRECT_FIRST), found))
    else:
        _show_outcome(problem)


def _ask(problem: Problem, data: str) -> None:
    """Ask for an estimate; draw the whole page anew where its banners are out of date."""
    typed = record(problem)
    answer: Scores | VigiaError
    try:
        with st.spinner(say(texts.ESTIMATING)):
            answer = service.client().predict(problem.name, typed)
    except VigiaError as error:
        answer = error
    st.session_state[OUTCOME + problem.name] = Outcome(typed, answer)
    if data != ("" if isinstance(answer, VigiaError) else answer.model.data):
        service.forget()
        st.rerun()


def _show_outcome(problem: Problem) -> None:
    outcome: Outcome | None = st.session_state.get(OUTCOME + problem.name)
    st.subheader(say(texts.RESULT), anchor=False)
    if outcome is None:
        st.caption(say(texts.NO_RESULT))
        return
    if isinstance(outcome.answer, VigiaError):
        result.show_error(problem, outcome.answer)
        return
    if outcome.record != record(problem):
        st.warning(say(texts.STALE), icon=":material/update:")
    result.show(problem, outcome.answer)


def _reset(problem: Problem) -> None:
    clear(problem)
    st.session_state.pop(OUTCOME + problem.name, None)
