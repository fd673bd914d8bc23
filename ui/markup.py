"""Tables and marks in HTML: read by screen readers, and in one language, unlike a grid's menus."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

PEOPLE = 100


class Html(str):
    """A text that is HTML already."""

    __slots__ = ()


def cell(text: str) -> Html:
    """Return a text as HTML."""
    return text if isinstance(text, Html) else Html(escape(text))


def facts(caption: str, rows: Sequence[tuple[str, str]]) -> None:
    """Draw names with their values; the caption is for screen readers."""
    body = "".join(
        f'<tr><th scope="row">{cell(name)}</th><td>{cell(value)}</td></tr>' for name, value in rows
    )
    _region(caption, f"<tbody>{body}</tbody>", quiet=True)


def table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    figures: Sequence[int] = (),
    *,
    quiet: bool = False,
) -> None:
    """Draw a table.

    Args:
        caption: what it shows.
        head: names of the columns.
        rows: cells; a text is escaped unless it is `Html`.
        figures: the columns that hold numbers.
        quiet: whether a heading says the same as the caption, which is then for screen
            readers alone.
    """
    kinds = [' class="figure"' if place in figures else "" for place in range(len(head))]
    top = "".join(
        f'<th scope="col"{kind}>{cell(name)}</th>' for kind, name in zip(kinds, head, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{cell(text)}</td>" for kind, text in zip(kinds, row, strict=True))
        + "</tr>"
        for row in rows
    )
    _region(caption, f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody>", quiet=quiet)


def _region(caption: str, inside: str, *, quiet: bool) -> None:
    """Draw the inside of a table, which scrolls by itself where it is wider than the page."""
    hidden = ' class="vigia-hidden"' if quiet else ""
    st.html(
        f'<div class="vigia-table" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f"<table><caption{hidden}>{escape(caption)}</caption>{inside}</table></div>"
    )


def bar(share: float, text: str, kind: str = "") -> Html:
    """Return a bar of `share` (0 to 1) with its figure."""
    width = round(8 * min(1.0, max(0.0, share)), 2)
    return Html(f'<span class="vigia-bar {kind}" style="width: {width}rem"></span>{escape(text)}')


def whole(text: str) -> Html:
    """Return a text that is not broken into lines."""
    return Html(f'<span class="vigia-whole">{escape(text)}</span>')


def english(text: str) -> Html:
    """Return a text that exists in English alone, marked so for screen readers."""
    return Html(f'<span lang="en">{escape(text)}</span>')


def people(filled: int, caption: str, label: str, kind: str = "") -> str:
    """Return 100 figures, of which some are filled.

    Args:
        filled: how many.
        caption: what they say.
        label: the same for who cannot see them.
        kind: `base` for the figures that one compares with.
    """
    figures = '<i class="on"></i>' * filled + "<i></i>" * (PEOPLE - filled)
    return (
        f'<figure class="vigia-array"><figcaption>{escape(caption)}</figcaption>'
        f'<div class="vigia-people {kind}" role="img" aria-label="{escape(label)}">{figures}</div>'
        "</figure>"
    )
