"""Names of codes in open vocabularies, for pick lists: the common ones of each system."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from ml.problems.text import Text

_FOLDER = Path(__file__).parent / "vocabularies"


@cache
def names(system: str) -> dict[str, Text]:
    """Return the codes of `system` that have a name here, by code; none for another system.

    The files hold `code,en,es`. Codes are those of the World Health Organization's
    classification in its clinical modification of the United States (public domain).
    """
    file = _FOLDER / f"{system}.csv"
    if not system or not file.exists():
        return {}
    with file.open(encoding="utf-8", newline="") as rows:
        return {row["code"]: Text(row["en"], row["es"]) for row in csv.DictReader(rows)}
