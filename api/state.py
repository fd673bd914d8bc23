"""What the routes of one application share."""

from __future__ import annotations

from dataclasses import dataclass

from api.batch.batches import Batches
from api.challenge.challengers import Challengers
from api.dialects import Speaker
from api.draining import Draining
from api.history.history import History
from api.metrics import Metrics
from api.refresh import Refresher
from api.security.installation import Security
from api.settings import Settings
from api.slots import Slot
from api.webhooks.deliveries import Deliveries


@dataclass(frozen=True)
class State:
    """The parts of one application; routes are made for it, so that none is global.

    Args:
        settings: of this application.
        slots: one for each problem served, by its name.
        refresher: brings promoted models into the slots.
        metrics: what Prometheus reads.
        history: keeps every answered prediction.
        challengers: what is tried beside production's models.
        security: who may call.
        batches: turns and jobs of whole uploads.
        draining: whether this worker is about to end.
        deliveries: what the model registry has told last.
        speakers: speak the dialects of the problems that declare one, by problem.
    """

    settings: Settings
    slots: dict[str, Slot]
    refresher: Refresher
    metrics: Metrics
    history: History
    challengers: Challengers
    security: Security
    batches: Batches
    draining: Draining
    deliveries: Deliveries
    speakers: dict[str, Speaker]

    @property
    def default_slot(self) -> Slot:
        """The slot of the routes without a prefix."""
        return self.slots[self.settings.default_problem]
