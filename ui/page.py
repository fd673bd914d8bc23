"""The head that all pages share: which problem, and what makes its model worth doubting."""

from __future__ import annotations

import streamlit as st

from ml.errors import VigiaError
from ml.problems import Problem, find
from ui import problems, service, texts
from ui.answers import SYNTHETIC
from ui.answers.model import ModelInfo
from ui.session import KEPT, language, say

_CHOSEN = f"{KEPT}problem"


def choose_problem() -> Problem:
    """Return the problem that was chosen, or the only one that is offered."""
    offered = service.served()
    if len(offered) == 1:
        st.session_state[_CHOSEN] = offered[0]  # and stays so where a second one joins it
        return find(offered[0])
    titles = {name: find(name).title.to(language()) for name in offered}
    with st.sidebar:
        chosen = st.selectbox(
            say(texts.PROBLEM),
            offered,
            format_func=titles.__getitem__,
            key=_CHOSEN,
            persist_state="session",
        )
    return find(chosen)


def standing(problem: Problem) -> ModelInfo | None:
    """Say loudly what makes an estimate impossible, or worthless for a real patient.

    Returns:
        The model in service, or `None` where none can be asked.
    """
    try:
        info = service.model_info(problem.name)
    except VigiaError as error:
        st.warning(problems.reason(error), icon=":material/cloud_off:")
        st.button(say(texts.RETRY), on_click=service.forget, key="retry")
        return None
    if info.data == SYNTHETIC:
        show_synthetic("synthetic-page")
    _doubts(info)
    return info


def show_synthetic(key: str) -> None:
    """Say loudly that nothing here is about real patients; `key` names the place."""
    with st.container(key=key):
        st.error(say(texts.SYNTHETIC), icon=":material/science:")


def _doubts(info: ModelInfo) -> None:
    """Say why a newer model may exist than the one that answers."""
    icon = ":material/update:"
    if info.last_failure is not None:
        st.warning(say(texts.REFUSED_VERSION, version=info.last_failure.version), icon=icon)
    elif info.registry == "unreachable":
        st.warning(say(texts.OUT_OF_DATE), icon=icon)
    elif info.registry == "no_production_alias":
        st.warning(say(texts.WITHDRAWN), icon=icon)
