"""The few rules of style that Streamlit has no setting for."""

from __future__ import annotations

from typing import Final

CSS: Final = """
/* Streamlit's own hints ("Press Enter to apply") exist in English only. */
[data-testid="InputInstructions"] { display: none; }
/* The result stays in sight beside a long form; on a phone it comes after it. */
@media (min-width: 641px) {
  [data-testid="stColumn"]:has(> div .st-key-result) {
    position: sticky; top: 4rem; align-self: flex-start;
    max-height: calc(100vh - 5rem); overflow-y: auto;
  }
}
"""
