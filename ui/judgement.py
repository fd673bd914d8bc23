"""Agreeing, disagreeing, or judging otherwise, with a reason; stored with the prediction."""

from __future__ import annotations

import streamlit as st

from ml.errors import VigiaError
from ml.problems import Problem
from ui import problems, service
from ui.grades import grades
from ui.session import KEPT, say
from ui.texts import patient as words

VERDICTS = {"agree": words.AGREE, "disagree": words.DISAGREE, "override": words.OVERRIDE}
LONGEST = 1000


def draw(problem: Problem, prediction_id: str) -> None:
    """Draw the form about one prediction, and store what was said."""
    place = f"{KEPT}judgement/{prediction_id}"
    st.subheader(say(words.FEEDBACK), anchor=False)
    verdict = st.radio(
        say(words.FEEDBACK),
        tuple(VERDICTS),
        format_func=lambda name: say(VERDICTS[name]),
        index=None,
        key=f"{place}/verdict",
        label_visibility="collapsed",
        persist_state="session",
    )
    opinion = {"verdict": str(verdict)}
    if verdict == "override":
        known = grades(problem)
        opinion[known.field] = st.selectbox(
            say(words.OWN_BAND if known.field == "band" else words.OWN_CLASS),
            tuple(known.labels),
            format_func=known.labels.__getitem__,
            key=f"{place}/band",
            persist_state="session",
        )
    if verdict in ("disagree", "override"):
        opinion["reason"] = st.text_area(
            say(words.WHY),
            max_chars=LONGEST,
            help=say(words.WHY_HELP),
            key=f"{place}/reason",
            persist_state="session",
        )
    clicked = st.button(say(words.SAVE), key="judge", disabled=verdict is None)
    if clicked and not opinion.get("reason", "agreed").strip():
        st.error(say(words.SAY_WHY))
    elif clicked:
        _save(problem, prediction_id, opinion)


def _save(problem: Problem, prediction_id: str, opinion: dict[str, str]) -> None:
    try:
        service.client().give_feedback(problem.name, prediction_id, opinion)
    except VigiaError as error:
        problems.show(error)
    else:
        st.success(say(words.KEPT), icon=":material/check:")
