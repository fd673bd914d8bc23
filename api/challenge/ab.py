"""A/B: the challenger answers its patients' records, and production all others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import anyio.to_thread

from api.body import Records
from api.challenge.challenger import Challenger
from api.gathering import MOST_RECORDS_OF_A_REQUEST, Gathering
from api.history.history import History
from api.history.noting import Part
from api.history.rows import Channel, Origin
from api.scored import Answered
from api.slots import Serving, Slot
from api.tally import Tally


class Mixed(NamedTuple):
    """A request that both answered: production's part first, then the challenger's.

    Args:
        parts: of the answer.
        serving: the model of each part.
        ids: of all records, in the order of the request.
    """

    parts: tuple[Part, Part]
    serving: tuple[Serving, Serving]
    ids: list[str]


Told: TypeAlias = Answered | Mixed


class AbTest:
    """Lets each record be answered by the arm of its patient.

    Whatever hinders the challenger, production answers the whole request.

    Args:
        challenger: answers its patients.
        champion: the slot of production.
        gatherings: of production and of the challenger.
        tallies: the same.
        history: keeps mixed answers; the gatherings keep the others.
    """

    def __init__(
        self,
        challenger: Challenger,
        champion: Slot,
        gatherings: tuple[Gathering, Gathering],
        tallies: tuple[Tally, Tally],
        history: History,
    ) -> None:
        self._challenger = challenger
        self._champion = champion
        self._production, self._staging = gatherings
        self._tallies = tallies
        self._history = history

    async def predict(self, origin: Origin, records: Records) -> Told:
        """Return what each record's arm says, once the history has it.

        Raises:
            NoModel: production has none, and the challenger did not answer them all.
            InvalidRecord: lists every broken rule of these records.
            HistoryFull: the history takes no more; nothing was kept.
        """
        challenger = self._challenger
        chosen = challenger.arms.chosen(records)
        if not chosen:
            return await self._production.predict(origin, records)
        if hindrance := challenger.hindrance:
            challenger.missed(hindrance, len(chosen))
            return await self._production.predict(origin, records)
        try:
            told = await self._tried(origin, records, chosen)
        except Exception as error:  # noqa: BLE001 # no fault of a challenger may cost an answer
            # What is wrong with the request itself, production says of all its records.
            told = await self._production.predict(origin, records)
            challenger.failed(error, len(chosen))
        else:
            challenger.succeeded()
        return told

    async def _tried(self, origin: Origin, records: Records, chosen: list[int]) -> Told:
        if len(chosen) == len(records):
            return await self._staging.predict(origin, records)
        serving = (self._champion.serving(), self._challenger.slot.serving())
        mix = (serving, origin, records, chosen)
        if len(records) > MOST_RECORDS_OF_A_REQUEST:
            return await anyio.to_thread.run_sync(self._mixed, *mix)
        return self._mixed(*mix)

    def _mixed(
        self,
        serving: tuple[Serving, Serving],
        origin: Origin,
        records: Records,
        chosen: Sequence[int],
    ) -> Mixed:
        theirs = set(chosen)
        others = [index for index in range(len(records)) if index not in theirs]
        ours, tried = serving
        parts = (
            _part(ours, "production", records, others),
            _part(tried, "ab", records, chosen),
        )
        ids = self._history.note_parts(origin, self._champion.problem, parts)
        for tally, part in zip(self._tallies, parts, strict=True):
            tally(part.model[0], part.prediction.band_names)
            tally.seen(part.model[0], part.prediction.risk.tolist(), part.prediction.missing)
        return Mixed(parts, serving, ids)


def _part(serving: Serving, channel: Channel, records: Records, places: Sequence[int]) -> Part:
    own = [records[place] for place in places]
    model = (serving.version.number, serving.model)
    return Part(model, channel, places, own, serving.model.predict(own))
