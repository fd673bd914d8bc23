"""Alembic's environment of the history."""
