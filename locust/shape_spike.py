"""Everybody at once in the middle third: is it turned away politely, and is it forgotten after?"""

from __future__ import annotations

from shape_base import SETTINGS, Step, Timed


class Spike(Timed):
    """The base, the peak, the base again."""

    def at(self, share: float) -> Step:
        """Return the users at a share of the time."""
        users = SETTINGS.peak_users if 1 / 3 <= share < 2 / 3 else SETTINGS.base_users
        return users, float(SETTINGS.peak_users)
