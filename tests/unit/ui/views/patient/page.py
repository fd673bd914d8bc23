"""The patient page as a test handles it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

NIGHTS = "kept/sample/nights"
WARD = "kept/sample/ward"
CAUSE = "kept/sample/cause"


def in_language(page: AppTest, language: str) -> AppTest:
    page.run()
    return page.sidebar.radio(key="language").set_value(language).run()


def estimate(page: AppTest) -> AppTest:
    return page.button(key="estimate").click().run()


def shown(page: AppTest) -> str:
    """Every text of the page, as one."""
    assert not page.exception
    kinds = ("html", "title", "subheader", "markdown", "caption", "info", "warning", "error")
    texts = [element.value for kind in kinds for element in getattr(page, kind)]
    widgets = [*page.button, *page.selectbox, *page.number_input, *page.text_input]
    return "\n".join(
        [*texts, *(w.label for w in widgets), *(m.label + " " + m.value for m in page.metric)]
        + [expander.label for expander in page.expander]
    )
