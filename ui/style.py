"""The few rules of style that Streamlit has no setting for."""

from __future__ import annotations

from typing import Final

CSS: Final = """
/* Streamlit's own hints ("Press Enter to apply") exist in English only. */
[data-testid="InputInstructions"] { display: none; }
[data-testid="stMainBlockContainer"] { padding-top: 4rem; }
[class*="st-key-synthetic-"] [data-testid="stAlertContainer"] {
  background: #8f1420; color: #ffffff;
}
/* The result stays in sight beside a long form; on a phone it comes after it. */
@media (min-width: 641px) {
  [data-testid="stMainBlockContainer"] { padding-left: 3rem; padding-right: 3rem; }
  [data-testid="stColumn"]:has(> div .st-key-result) {
    position: sticky; top: 4rem; align-self: flex-start;
    max-height: calc(100vh - 5rem); overflow-y: auto;
  }
}
@media (max-width: 640px) {
  /* The places that a row of fields leaves empty. */
  [data-testid="stColumn"]:not(:has([data-testid="stElementContainer"])) { display: none; }
}
"""
