"""More users, steadily, from the base to the peak: where does it begin to hurt?"""

from __future__ import annotations

from shape_base import SETTINGS, Step, Timed


class Ramp(Timed):
    """Rises over the whole time."""

    def at(self, share: float) -> Step:
        """Return the users at a share of the time."""
        rise = SETTINGS.peak_users - SETTINGS.base_users
        return SETTINGS.base_users + round(rise * share), max(1.0, abs(rise))
