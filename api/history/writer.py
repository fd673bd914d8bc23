"""The thread that writes the spool on into the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeAlias

import structlog

from api.errors import HistoryUnavailable
from api.history.database import Refused
from api.history.metrics import HistoryMetrics
from api.history.spool import Segment, Spool, whole_lines
from api.history.store import Store
from ml.logs import describe

log = structlog.get_logger()

# Surrounds the writing of whole lines of the spool.
Around: TypeAlias = Callable[[bytes], AbstractContextManager[None]]


LINGER_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
_ADOPT_SECONDS = 10.0


def untraced(_: bytes) -> AbstractContextManager[None]:
    """Surround the writing with nothing."""
    return nullcontext()


class Writer:
    """Writes closed segments in their order, and deletes each after its commit.

    Args:
        spool: where they come from.
        store: where they go.
        metrics: what is told of both.
        around: surrounds each writing.
    """

    def __init__(self, spool: Spool, store: Store, metrics: HistoryMetrics, around: Around) -> None:
        self._spool = spool
        self._store = store
        self._metrics = metrics
        self._around = around
        self._thread = threading.Thread(target=self._run, name="history-writer", daemon=True)
        self._wake = threading.Event()
        self._progress = threading.Condition()
        self._stop_at: float | None = None
        self._adopt_at = time.monotonic() + _ADOPT_SECONDS
        self._failures = 0

    def start(self) -> None:
        """Start to write."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """Write what is left, for at most so long; the rest stays in the spool.

        A statement under way is given a few seconds more: it ends or fails by itself.
        """
        self._stop_at = time.monotonic() + seconds
        self._wake.set()
        self._thread.join(seconds + LONGEST_PAUSE_SECONDS)

    def settle(self, seconds: float) -> None:
        """Wait until all that was appended so far is written, or that time is over."""
        wanted = self._spool.appended
        deadline = time.monotonic() + seconds
        with self._progress:
            while self._spool.gone < wanted and (left := deadline - time.monotonic()) > 0:
                self._wake.set()
                self._progress.wait(left)

    def _run(self) -> None:
        while not self._ended():
            self._wake.wait(self._pause())
            self._wake.clear()
            self._round()
            self._metrics.show(self._spool.depth)
            with self._progress:
                self._progress.notify_all()

    def _ended(self) -> bool:
        if self._stop_at is None:
            return False
        return not self._spool.depth.records or time.monotonic() > self._stop_at

    def _pause(self) -> float:
        if not self._failures:
            return 0.0 if self._stop_at else LINGER_SECONDS
        return min(LINGER_SECONDS * 2.0**self._failures, LONGEST_PAUSE_SECONDS)

    def _round(self) -> None:
        """Write all that is closed; where nothing is, close what is open first."""
        try:
            if time.monotonic() >= self._adopt_at:
                self._spool.adopt()
                self._adopt_at = time.monotonic() + _ADOPT_SECONDS
            if self._spool.oldest() is None:
                self._spool.rotate()
            while segment := self._spool.oldest():
                self._write(segment)
        except HistoryUnavailable as error:
            self._failed(str(error))
        except Exception as error:  # noqa: BLE001 # a thread that ends would end the history
            self._failed(f"unexpected {describe(error)}")

    def _write(self, segment: Segment) -> None:
        try:
            lines = whole_lines(segment)
        except OSError as error:
            self._put_aside(segment, error)
            return
        try:
            with self._around(lines):
                self._store.write(lines)
        except Refused:
            self._write_singly(segment, lines.splitlines())
        self._spool.drop(segment)
        self._metrics.written.inc(segment.records)
        if self._failures:
            self._failures = 0
            log.info("history_database_back", waiting=self._spool.depth.records)

    def _put_aside(self, segment: Segment, error: OSError) -> None:
        """Let a segment that the disk does not give back hold up no other."""
        path = self._spool.put_aside(segment)
        self._metrics.refused.inc(segment.records)
        log.error("history_segment_unreadable", kept=str(path), reason=error.strerror)

    def _write_singly(self, segment: Segment, lines: list[bytes]) -> None:
        """Write the good lines of a segment, and set aside what the database refuses."""
        refused = []
        for line in lines:
            try:
                self._store.write(line + b"\n", doubtful=True)
            except Refused as error:
                refused.append(line)
                reason = str(error)
        if refused:
            path = self._spool.set_aside(segment, refused)
            self._metrics.refused.inc(len(refused))
            log.error("history_rows_refused", rows=len(refused), kept=str(path), reason=reason)

    def _failed(self, reason: str) -> None:
        self._metrics.failures.inc()
        self._failures = min(self._failures + 1, 10)
        if self._failures == 1:  # once for each outage
            log.warning("history_database_away", reason=reason, waiting=self._spool.depth.records)
