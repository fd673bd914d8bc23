"""Bringing newly promoted models into their slots."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Literal, TypeAlias, TypeVar, TypeVarTuple

import anyio
import anyio.to_thread
import msgspec
import structlog

from api.bundles import Bundles
from api.served import Served
from api.slots import NoAlias, Slot
from ml.bundle import LoadedModel
from ml.errors import BundleInvalid, RegistryUnavailable, VigiaError
from ml.logs import describe
from ml.promoted import PRODUCTION, Source, Version

log = structlog.get_logger()

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")
Result: TypeAlias = Literal["swapped", "unchanged", "resting", "failed"] | NoAlias


class Refreshed(msgspec.Struct, frozen=True):
    """What came of one question to the registry; `error` says why it failed."""

    result: Result
    old: str | None
    new: str | None
    error: VigiaError | None = None


class Refresher:
    """Asks the registry, and puts what it names into a slot once it is verified.

    Args:
        registry: tells which version of a problem is promoted.
        bundles: fetches and verifies.
        served: remembers what served last, for a start without the registry.
        spare: how many bundles are kept on disk beside those in use.
    """

    def __init__(self, registry: Source, bundles: Bundles, served: Served, spare: int) -> None:
        self.registry = registry
        self._bundles = bundles
        self._served = served
        self._spare = spare
        self._slots: Sequence[Slot] = ()
        self.begun = anyio.Event()
        # Threads of their own: a registry that hangs must not take the predictions' ones.
        self._threads = anyio.CapacityLimiter(4)

    async def watch(self, slots: Sequence[Slot], poll_seconds: float) -> None:
        """Refresh all slots for ever, with a pause of `poll_seconds` between the rounds.

        What served before the start serves again first: the registry may hang. `begun` is
        set once the registry was asked about every slot.
        """
        self._slots = slots
        await _for_each(slots, self._restore)
        while True:
            await _for_each(slots, self.refresh)
            self.begun.set()
            await anyio.sleep(poll_seconds)

    async def refresh(self, slot: Slot) -> Refreshed:
        """Ask the registry once and follow it, unless the version was refused and rests.

        Here and in `reload` the slot's challenger comes after it; what is told is the slot's.
        """
        return await self._refresh_both(slot, forced=False)

    async def reload(self, slot: Slot) -> Refreshed:
        """Ask the registry once and follow it, even to a version that rests."""
        return await self._refresh_both(slot, forced=True)

    async def _refresh_both(self, slot: Slot, *, forced: bool) -> Refreshed:
        refreshed = await self._refresh(slot, forced=forced)
        if slot.challenger is not None:
            await self._refresh(slot.challenger, forced=forced)
        return refreshed

    async def _refresh(self, slot: Slot, *, forced: bool) -> Refreshed:
        """Whatever fails, the old model serves on, and the slot says what failed."""
        async with slot.lock:
            old = slot.version
            try:
                result = await self._follow(slot, forced=forced)
            except (RegistryUnavailable, BundleInvalid) as error:
                unreachable = isinstance(error, RegistryUnavailable)
                slot.note_registry("unreachable" if unreachable else "reachable", str(error))
                return Refreshed("failed", old, slot.version, error)
            slot.note_registry(slot.no_alias if result == slot.no_alias else "reachable")
            return Refreshed(result, old, slot.version)

    async def _follow(self, slot: Slot, *, forced: bool) -> Result:
        holder = self.registry.holder
        version = await self._run(RegistryUnavailable, holder, slot.name, slot.alias)
        if version is None:
            slot.withdrawn()
            return slot.no_alias
        if slot.serves(version):
            return "unchanged"
        if slot.rests(version) and not forced:
            return "resting"
        slot.put(version, await self._model(slot, version), "swapped")
        if slot.alias == PRODUCTION:  # only the registry knows whether a trial goes on
            self._served.remember(slot.name, version)
        await self._run(BundleInvalid, self._bundles.prune, self._in_use(), self._spare)
        return "swapped"

    async def _model(self, slot: Slot, version: Version) -> LoadedModel:
        if slot.previous is not None and slot.previous.version.digest == version.digest:
            return slot.previous.model  # the way back needs neither registry nor disk
        held = await self._held(slot, version)
        if held is not None:
            return held
        try:
            return await self._run(BundleInvalid, self._bundles.fetch, slot.name, version)
        except BundleInvalid as error:
            slot.refuse(version, str(error))
            raise

    async def _held(self, slot: Slot, version: Version) -> LoadedModel | None:
        """Return the model from this machine's disk, `None` where no sound copy is there."""
        try:
            return await self._run(BundleInvalid, self._bundles.held, slot.name, version)
        except BundleInvalid as error:
            slot.spoiled(version, str(error))
            return None

    def _in_use(self) -> set[str]:
        """Return the digests of what serves, here or in other processes, and of the way back."""
        challengers = (slot.challenger for slot in self._slots if slot.challenger is not None)
        held = (s for slot in (*self._slots, *challengers) for s in (slot.current, slot.previous))
        return self._served.digests() | {serving.version.digest for serving in held if serving}

    async def _restore(self, slot: Slot) -> None:
        """Let the version serve that did before this start, if its bundle is still here."""
        version = self._served.recall(slot.name)
        if version is None:
            return
        async with slot.lock:
            model = await self._held(slot, version)
            if model is not None:
                slot.put(version, model, "restored")

    async def _run(
        self,
        failure: type[VigiaError],
        call: Callable[[*Arguments], T],
        *arguments: *Arguments,
    ) -> T:
        """Run a blocking call in a thread; an error outside the tree becomes a `failure`."""
        try:
            return await anyio.to_thread.run_sync(
                call, *arguments, limiter=self._threads, abandon_on_cancel=True
            )
        except VigiaError:
            raise
        except Exception as error:
            message = f"unexpected {describe(error)}"
            raise failure(message) from error


async def _for_each(
    slots: Sequence[Slot], act: Callable[[Slot], Coroutine[Any, Any, object]]
) -> None:
    async with anyio.create_task_group() as group:
        for slot in slots:
            group.start_soon(act, slot)
