"""Gathering: requests that come in together share one vectorised prediction.

A prediction costs some 20 microseconds a call beside some 10 a record (docs/adr/0008), so
that many small requests are answered sooner together than one after the other. Nobody
waits for company that may never come: as soon as a turn of the event loop has brought no
further request, all that wait are answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import anyio.to_thread

from api.body import Records
from api.history.noting import Asked
from api.history.rows import Origin
from api.scored import Answered, Scored
from api.slots import Serving, Slot
from ml.bundle import Prediction

# A request of more records has a thread to itself; up to here the others wait less than a
# millisecond for it.
MOST_RECORDS_OF_A_REQUEST = 64
# As many requests at most wait for one another; their records may be more than one call's.
MOST_REQUESTS = 64
# A shared call of as many records takes 2 ms; what is left waits for the next turn.
MOST_RECORDS_OF_A_CALL = 128


# Keeps what requests were answered, and returns the ids of each.
Keep: TypeAlias = Callable[[Serving, Sequence[Asked], Prediction], list[list[str]]]


class _Waiting(NamedTuple):
    origin: Origin
    records: Records
    future: asyncio.Future[Answered]


class Gathering:
    """Predicts for the requests of one slot. It lives on the event loop alone.

    Args:
        slot: holds the model.
        keep: writes the history: once for all requests that share a call.
    """

    def __init__(self, slot: Slot, keep: Keep) -> None:
        self._slot = slot
        self._keep = keep
        self._waiting: list[_Waiting] = []

    async def predict(
        self, origin: Origin, records: Records, named: Serving | None = None
    ) -> Answered:
        """Return the prediction of the model that serves now, once the history has it.

        Args:
            origin: where the request comes from.
            records: what it asks about.
            named: the model that the request wants and no other, whatever serves by then.

        Raises:
            NoModel: none serves.
            InvalidRecord: lists every broken rule of these records.
            HistoryFull: the history takes no more; nothing was kept.
        """
        serving = named or self._slot.serving()
        if len(records) > MOST_RECORDS_OF_A_REQUEST:
            return await anyio.to_thread.run_sync(self._alone, serving, origin, records)
        if named is not None:
            return self._alone(named, origin, records)
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._turn, 1)
        waiting = _Waiting(origin, records, loop.create_future())
        self._waiting.append(waiting)
        return await waiting.future

    def _turn(self, before: int) -> None:
        """Wait on while each turn brings further requests; `before` is how many there were."""
        if before < len(self._waiting) < MOST_REQUESTS:
            asyncio.get_running_loop().call_soon(self._turn, len(self._waiting))
        else:
            self._flush()

    def _flush(self) -> None:
        """Answer all that wait, with one model, but for what is too much for one call."""
        taken, count = 0, 0
        for waiting in self._waiting:
            count += len(waiting.records)
            if taken and count > MOST_RECORDS_OF_A_CALL:
                break
            taken += 1
        together, self._waiting = self._waiting[:taken], self._waiting[taken:]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        # Whoever went away while waiting is not answered.
        present = [one for one in together if not one.future.done()]
        if present:
            self._answer(self._slot.serving(), present)

    def _answer(self, serving: Serving, together: Sequence[_Waiting]) -> None:
        records = [record for one in together for record in one.records]
        try:
            prediction = serving.model.predict(records)
            ids = self._keep(serving, [(one.origin, one.records) for one in together], prediction)
        except Exception as error:  # noqa: BLE001 # whatever it is, whoever waits gets it
            if len(together) == 1:
                together[0].future.set_exception(error)
            else:  # find out whose it is
                for one in together:
                    self._answer(serving, [one])
            return
        scored, start = Scored(serving, prediction), 0
        for one, own in zip(together, ids, strict=True):
            one.future.set_result(Answered(scored, start, one.records, own))
            start += len(one.records)

    def _alone(self, serving: Serving, origin: Origin, records: Records) -> Answered:
        prediction = serving.model.predict(records)
        (ids,) = self._keep(serving, [(origin, records)], prediction)
        return Answered(Scored(serving, prediction), 0, records, ids)
