"""How every worker gets to know of a delivery that one of them took."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
import structlog

from api.refresh import Refresher
from api.slots import Slot
from api.webhooks.deliveries import Deliveries, problem_of

log = structlog.get_logger()

_LOOK_SECONDS = 0.25


async def listen(deliveries: Deliveries, slots: Mapping[str, Slot], refresher: Refresher) -> None:
    """Refresh for ever the slots that new deliveries are about."""
    known = deliveries.notes()
    async with anyio.create_task_group() as group:
        while True:
            await anyio.sleep(_LOOK_SECONDS)
            found = deliveries.notes()
            for problem in {problem_of(note) for note in found - known} & slots.keys():
                log.info("registry_delivery", problem=problem)
                group.start_soon(refresher.refresh, slots[problem])
            known = found
