"""The history: every answered prediction, first in a spool on this machine, then in a database.

    note ──► spool (one write before the answer leaves) ──► writer (thread) ──► store (SQL)
                                                                                  │
    /predictions, /outcomes ◄──────────────── queries, outcomes ◄─────────────────┘

The answer never waits for the database, and nothing is lost when the database or this
process goes away: see `docs/history.md`.
"""

from __future__ import annotations

from api.history.history import History
from api.history.noting import Asked
from api.history.rows import Origin

__all__ = ["Asked", "History", "Origin"]
