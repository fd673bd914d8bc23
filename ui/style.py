"""The few rules of style that Streamlit has no setting for."""

from __future__ import annotations

from pathlib import Path

from ui.texts import batch as words

# What Streamlit writes into its upload control exists in English only.
_UPLOAD = """
[data-testid="stFileUploaderDropzone"] button p { font-size: 0; }
[data-testid="stFileUploaderDropzone"] button p::after {
  content: "%s"; font-size: 1rem; white-space: nowrap;
}
"""


def css(language: str) -> str:
    """Return the style sheet; a few of its words depend on the language."""
    return Path(__file__).with_name("style.css").read_text() + _UPLOAD % words.BROWSE.to(language)
