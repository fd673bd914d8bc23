"""What Prometheus reads of the history."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge

from api.history.spool import Depth


class HistoryMetrics:
    """The metrics of one worker's history.

    Args:
        registry: of the application.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.written = Counter(
            "api_history_written", "Rows that the database has taken.", registry=registry
        )
        self.failures = Counter(
            "api_history_write_failures",
            "Attempts to write that failed; the rows wait in the spool.",
            registry=registry,
        )
        self.refused = Counter(
            "api_history_refused",
            "Rows that the database refuses for what is in them, set aside in a file.",
            registry=registry,
        )
        self._records = Gauge(
            "api_history_spool_records",
            "Rows that wait in the spool.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._bytes = Gauge(
            "api_history_spool_bytes",
            "Bytes that wait in the spool.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._age = Gauge(
            "api_history_spool_oldest_seconds",
            "How long the oldest row has waited in the spool.",
            registry=registry,
            multiprocess_mode="livemax",
        )

    def show(self, depth: Depth) -> None:
        """Show what waits."""
        self._records.set(depth.records)
        self._bytes.set(depth.size)
        self._age.set(time.time() - depth.since if depth.records else 0)
