"""All that batches share in one worker."""

from __future__ import annotations

import anyio
import anyio.to_thread

from api.batch.jobs import Jobs
from api.batch.settings import BatchSettings
from api.batch.streaming import Turns

_CLEAN_SECONDS = 600.0


class Batches:
    """The turns and the jobs of a worker.

    Args:
        settings: the limits.
    """

    def __init__(self, settings: BatchSettings) -> None:
        self.turns = Turns(settings.batch_at_once)
        self.jobs = Jobs(settings)

    async def watch(self) -> None:
        """Remove results whose time is over, for ever: nobody need ask for them."""
        while True:
            await anyio.to_thread.run_sync(self.jobs.remove_expired)
            await anyio.sleep(_CLEAN_SECONDS)
