"""The frame around every page: title, navigation, language."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ui import texts
from ui.session import choose_language, say
from ui.style import CSS
from ui.views import patient

NAME = "Vigía"


_ICON = str(Path(__file__).with_name("icon.svg"))  # a named icon would be fetched from outside


def run() -> None:
    """Draw the frame and the page that was chosen."""
    st.set_page_config(page_title=NAME, page_icon=_ICON, layout="wide")
    st.html(f"<style>{CSS}</style>")
    with st.sidebar:
        choose_language()
    pages = [
        st.Page(
            patient.show,
            title=say(texts.PATIENT),
            icon=":material/person:",
            url_path="patient",
            default=True,
        )
    ]
    st.navigation(pages).run()
