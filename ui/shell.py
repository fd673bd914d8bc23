"""The frame around every page: title, login, navigation, language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from ml.problems.text import Text
from ui import login, texts
from ui.answers import Caller
from ui.observed import observe
from ui.session import choose_language, drawn, hold, language, say
from ui.style import css
from ui.texts import login as words
from ui.views import batch, history, model, monitoring, patient

NAME = "Vigía"
_ICON = str(Path(__file__).with_name("icon.svg"))  # a named icon would be fetched from outside


class Entry(NamedTuple):
    """One page: what it is called, what draws it, and the roles that it is for."""

    title: Text
    show: Callable[[], None]
    icon: str
    path: str
    roles: frozenset[str]


_EVERYBODY = frozenset(login.EVERY_ROLE)
# As the API's matrix has it: a page that could only show refusals is not offered.
ENTRIES = (
    Entry(texts.PATIENT, patient.show, "person", "patient", frozenset({"clinician"})),
    Entry(texts.LIST, batch.show, "list", "list", frozenset({"clinician"})),
    Entry(texts.HISTORY, history.show, "history", "history", frozenset({"clinician", "auditor"})),
    Entry(texts.MODEL, model.show, "fact_check", "model", _EVERYBODY),
    Entry(texts.MONITORING, monitoring.show, "monitoring", "monitoring", _EVERYBODY),
)


def run() -> None:
    """Draw the frame and the page that was chosen."""
    observe()
    st.set_page_config(page_title=NAME, page_icon=_ICON, layout="wide")
    with st.sidebar:
        choose_language()
    st.html(f"<style>{css(language())}</style>")
    caller = login.visitor()
    if caller is None:
        return
    pages = [_page(entry, first=not place) for place, entry in enumerate(offered(caller))]
    if not pages:
        st.warning(say(words.NO_PAGE))
        return
    chosen = st.navigation(pages)
    place = f"{chosen.url_path}/{language()}"
    hold(place)
    chosen.run()
    drawn(place)
    with st.sidebar:
        login.draw_visitor(caller)


def offered(caller: Caller) -> list[Entry]:
    """Return the pages that the caller's roles are good for."""
    return [entry for entry in ENTRIES if entry.roles & set(caller.roles)]


def _page(entry: Entry, *, first: bool) -> st.Page:
    return st.Page(
        entry.show,
        title=say(entry.title),
        icon=f":material/{entry.icon}:",
        url_path=entry.path,
        default=first,
    )
