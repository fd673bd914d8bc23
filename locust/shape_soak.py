"""The peak, for as long as it takes: does anything grow that should not?"""

from __future__ import annotations

from shape_base import SETTINGS, Step, Timed

_COME_WITHIN_SECONDS = 30


class Soak(Timed):
    """The same number of users all the time."""

    def at(self, share: float) -> Step:  # noqa: ARG002 # the same at any time
        """Return the users at a share of the time."""
        return SETTINGS.peak_users, SETTINGS.peak_users / _COME_WITHIN_SECONDS
