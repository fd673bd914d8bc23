"""The challengers of one application."""

from __future__ import annotations

from collections.abc import Mapping

from api.challenge.challenger import Challenger
from api.challenge.metrics import ChallengeMetrics
from api.challenge.shadow import Shadow
from api.challenge.slot import ChallengerSlot
from api.history.history import History
from api.metrics import Metrics
from api.settings import Settings
from api.slots import Slot
from api.tally import Tally


class Challengers:
    """One challenger for each problem that has one, and the shadows among them.

    Args:
        settings: say which problems have one.
        slots: of production, by problem; each learns of its challenger.
        metrics: of the application.
        history: keeps what challengers say.
    """

    def __init__(
        self,
        settings: Settings,
        slots: Mapping[str, Slot],
        metrics: Metrics,
        history: History,
    ) -> None:
        counted = ChallengeMetrics(metrics.registry)
        self.of = {
            name: Challenger(
                challenge,
                slots[name],
                ChallengerSlot(slots[name].problem, metrics, settings.poll_seconds, history.audit),
                counted,
            )
            for name, challenge in settings.challengers.items()
        }
        self.shadows = {
            name: Shadow(
                challenger,
                history,
                Tally(metrics, name, "shadow"),
                settings.challenger_queue_records,
            )
            for name, challenger in self.of.items()
            if challenger.challenge.mode == "shadow"
        }

    def start(self) -> None:
        """Start the shadows."""
        for shadow in self.shadows.values():
            shadow.start()

    def stop(self) -> None:
        """Let the shadows score what waits, for a few seconds at most. Blocks."""
        for shadow in self.shadows.values():
            shadow.stop()
