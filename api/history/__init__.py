"""The history: every answered prediction, first in a spool on this machine, then in a database.

    note ──► spool (one write before the answer leaves) ──► writer (thread) ──► store (SQL)
                                                                                  │
    /predictions, /outcomes ◄──────────────── queries, outcomes ◄─────────────────┘

The answer never waits for the database, and nothing is lost when the database or this
process goes away: see `docs/history.md`.
"""
