"""The history as the routes and the slots see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TypeVar

import anyio
import anyio.to_thread
import msgspec
import structlog
from prometheus_client import CollectorRegistry

from api.errors import HistoryFull, HistoryUnavailable
from api.history import activity, feedback, monitored, outcomes, queries
from api.history.activity import Activity
from api.history.answers import Outcomes, Page, StoredFeedback, StoredPrediction
from api.history.database import connect
from api.history.feedback import Given
from api.history.metrics import HistoryMetrics
from api.history.monitored import Monitored
from api.history.noting import Asked, Part, Told, prediction_rows, rows_of_part, told
from api.history.outcomes import Reported
from api.history.queries import Filters
from api.history.rows import AuditRow, Channel, Ids, Origin, record_id
from api.history.settings import HistorySettings
from api.history.spool import Spool
from api.history.store import Store
from api.history.writer import Around, Writer, untraced
from ml.bundle import LoadedModel, Prediction
from ml.errors import InvalidSettings
from ml.problems import Problem

log = structlog.get_logger()

T = TypeVar("T")
# How long a reader waits for what was answered just before, to find it.
_SETTLE_SECONDS = 2.0
_OFF = "the history is switched off (VIGIA_HISTORY=off): switch it on to keep and find predictions"


class History:
    """Keeps every answered prediction, and finds it again.

    Args:
        settings: of the application.
        registry: of its metrics.
        around: surrounds each writing of rows.
    """

    def __init__(
        self,
        settings: HistorySettings,
        registry: CollectorRegistry,
        around: Around = untraced,
    ) -> None:
        self._on = settings.history == "on"
        self._drain_seconds = settings.history_drain_seconds
        self._engine = connect(settings.history_url)
        self._spool = Spool(
            settings.spool_dir,
            settings.history_spool_max_bytes,
            fsync=settings.history_fsync == "on",
        )
        self._store = Store(self._engine)
        self._writer = Writer(self._spool, self._store, HistoryMetrics(registry), around)
        self._ids = Ids()
        self._encode_lines = msgspec.json.Encoder().encode_lines
        # Threads of their own: readers of a slow database must not take the predictions'.
        self._threads = anyio.CapacityLimiter(4)

    def start(self) -> None:
        """Open the spool, and start to write what an earlier start left in it.

        Raises:
            InvalidSettings: the spool's folder cannot be made or written.
        """
        if not self._on:
            log.warning("history_off", meaning="predictions are answered and NOT kept")
            return
        try:
            self._spool.start()
        except OSError as error:
            message = (
                f"the folder of the history's spool cannot be written ({error.strerror}): "
                f"let VIGIA_STATE_DIR name one that can, on a disk of this machine"
            )
            raise InvalidSettings(message) from None
        self._writer.start()
        log.info("history_starts", database=self._engine.url.render_as_string(hide_password=True))

    def stop(self) -> None:
        """Write what is left, within the time limit; the next start writes the rest. Blocks."""
        if not self._on:
            return
        self._writer.stop(self._drain_seconds)
        self._spool.stop()
        self._engine.dispose()
        log.info("history_stops", left_in_spool=self._spool.depth.records)

    def note(
        self,
        origin: Origin,
        problem: Problem,
        model: tuple[str, LoadedModel],
        records: Sequence[Mapping[str, object]],
        prediction: Prediction,
        channel: Channel = "production",
    ) -> list[str]:
        """Keep one request's predictions; call it before the answer leaves.

        Args:
            origin: where the request comes from.
            problem: what was predicted.
            model: the version's number and the model that answers.
            records: as they were sent.
            prediction: what the model says about them.
            channel: whether it was answered, or only tried in the shadow.

        Returns:
            The predictions' ids, in the order of the records; none where the history is off.

        Raises:
            HistoryFull: the spool takes no more; nothing was kept, and nothing may be answered.
        """
        return self.note_all(problem, model, [(origin, records)], prediction, channel)[0]

    def note_all(
        self,
        problem: Problem,
        model: tuple[str, LoadedModel],
        asked: Sequence[Asked],
        prediction: Prediction,
        channel: Channel = "production",
    ) -> list[list[str]]:
        """Keep the predictions of requests that were answered together, all or none.

        It takes some 10 microseconds a record and blocks on nothing but the page cache. The
        arguments are those of `note`, but for `asked`: the origin and the records of each
        request, in the order of the prediction.

        Returns:
            The ids of each request.

        Raises:
            HistoryFull: as for `note`.
        """
        if not self._on:
            return [[] for _ in asked]
        requests = [told(one, problem.group_key, prediction.ignored) for one in asked]
        found = iter(self.keep(problem.name, model, requests, prediction, channel))
        return [list(islice(found, len(records))) for _, records in asked]

    def keep(
        self,
        problem: str,
        model: tuple[str, LoadedModel],
        requests: Sequence[Told],
        prediction: Prediction,
        channel: Channel = "production",
    ) -> list[str]:
        """Keep predictions whose records are as the history has them; see `note_all`.

        Returns:
            The ids of all records, in their order.

        Raises:
            HistoryFull: as for `note`.
        """
        heads = [self._ids.new() for _ in requests]
        each = zip(heads, requests, strict=True)
        rows = prediction_rows(problem, model, each, prediction, channel)
        self._spool.append(self._encode_lines(rows), len(rows))
        return [row.id for row in rows]

    def note_parts(self, origin: Origin, problem: Problem, parts: Sequence[Part]) -> list[str]:
        """Keep one request whose records were answered by several models, all or none.

        Returns:
            The predictions' ids, in the order of the request.

        Raises:
            HistoryFull: as for `note`.
        """
        if not self._on:
            return []
        head = self._ids.new()
        rows = [row for part in parts for row in rows_of_part(problem, head, origin, part)]
        self._spool.append(self._encode_lines(rows), len(rows))
        return [record_id(head[0], place) for place in range(len(rows))]

    @property
    def crowded(self) -> bool:
        """Whether so much waits for the database that only answers should be added."""
        return self._on and self._spool.crowded

    def audit(self, action: str, problem: str, caller: str = "", **about: str) -> None:
        """Keep what was done to a model; a full spool is logged and stops nobody.

        Args:
            action: such as `swapped`, `refused` or `reload`.
            problem: whose model it is.
            caller: who did it; the service itself where empty.
            about: `version`, `digest` and `detail`, where they are known.
        """
        if not self._on:
            return
        head, now = self._ids.new()
        version, digest = about.get("version", ""), about.get("digest", "")
        detail = about.get("detail", "").replace("\0", "")
        row = AuditRow(
            record_id(head, 0), now, caller or "service", action, problem, version, digest, detail
        )
        try:
            self._spool.append(self._encode_lines([row]), 1)
        except HistoryFull as error:
            log.error("audit_row_not_kept", row=msgspec.to_builtins(row), reason=str(error))  # noqa: TRY400 # the reason says it

    async def page(self, filters: Filters) -> Page:
        """Return one page of predictions, newest first.

        Raises:
            HistoryUnavailable: the database does not answer, or the history is off.
        """
        return await self._settled(lambda: queries.page(self._engine, filters, self._waiting))

    async def find(self, problem: str, prediction_id: str) -> StoredPrediction:
        """Return one prediction of a problem.

        Raises:
            UnknownPrediction: there is none of that id.
            HistoryUnavailable: the database does not answer, or the history is off.
        """
        find = partial(queries.find, self._engine, problem, prediction_id, self._waiting)
        return await self._settled(find)

    async def report(self, problem: str, caller: str, reported: Sequence[Reported]) -> Outcomes:
        """Keep what really happened, all of it or nothing.

        Raises:
            UnknownPrediction: a prediction is not in the history.
            HistoryUnavailable: the database does not answer, or the history is off.
        """
        report = partial(outcomes.report, self._engine, problem, caller, reported, self._waiting)
        return await self._settled(report)

    async def give_feedback(
        self, problem: str, prediction_id: str, caller: str, given: Given
    ) -> StoredFeedback:
        """Keep what a clinician thinks of a prediction.

        Raises:
            UnknownPrediction: the prediction is not in the history.
            HistoryUnavailable: the database does not answer, or the history is off.
        """
        give = partial(
            feedback.give, self._engine, problem, prediction_id, caller, given, self._waiting
        )
        return await self._settled(give)

    async def activity(self, problem: Problem, days: int) -> Activity:
        """Return how a problem's model was used of late, and how it did.

        Raises:
            HistoryUnavailable: the database does not answer, or the history is off.
        """
        return await self._settled(partial(activity.activity, self._engine, problem, days))

    async def monitoring(self, problem: str, most: int) -> Monitored:
        """Return what the monitors have found of a problem's model, newest first.

        Raises:
            HistoryUnavailable: the database does not answer, or the history is off.
        """
        return await self._settled(partial(monitored.monitored, self._engine, problem, most))

    async def _settled(self, call: Callable[[], T]) -> T:
        """Run a call in a thread, once what was answered before it is in the database."""
        if not self._on:
            raise HistoryUnavailable(_OFF)

        def settled() -> T:
            self._store.prepare()
            self._writer.settle(_SETTLE_SECONDS)
            return call()

        return await anyio.to_thread.run_sync(
            settled, limiter=self._threads, abandon_on_cancel=True
        )

    def _waiting(self) -> int:
        """Return how many records of all workers of this machine are still on their way."""
        return self._spool.depth.records + self._spool.elsewhere()
