"""What Prometheus reads from the API. No label holds anything that a caller chooses."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

from api.histograms import BulkHistogram
from api.multiprocess import exposition, shared

# Risks: fine where most of them lie, and where rare outcomes are told from common ones.
RISKS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
# Seconds: from one record in memory to a full request of records on a busy machine.
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The metrics of one application, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        PlatformCollector(self.registry)
        ProcessCollector(registry=self.registry)
        GCCollector(self.registry)
        self.duration = Histogram(
            "api_request_duration_seconds",
            "Time from the first byte in to the last byte out, by route template.",
            ("route", "method", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "api_requests_in_flight",
            "Requests under way.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.predictions = Counter(
            "api_predictions",
            "Records scored, by risk band, or by predicted class where a problem has no bands; "
            "those of the channel shadow were not answered.",
            ("problem", "channel", "version", "band"),
            registry=self.registry,
        )
        self.risks = BulkHistogram(
            "api_predicted_risk",
            "The risks of the records scored.",
            ("problem", "version"),
            buckets=RISKS,
            registry=self.registry,
        )
        self.missing = Counter(
            "api_missing_inputs",
            "Records scored in which an input was absent or not known.",
            ("problem", "input"),
            registry=self.registry,
        )
        self.errors = Counter(
            "api_errors",
            "Requests answered with a problem document, by its type.",
            ("kind",),
            registry=self.registry,
        )
        self.refused = Counter(
            "api_refused_requests",
            "Requests refused before they reached their route, by reason.",
            ("reason",),
            registry=self.registry,
        )
        self.deliveries = Counter(
            "api_webhook_deliveries",
            "Deliveries of the model registry: accepted, ignored, or why they were refused.",
            ("result",),
            registry=self.registry,
        )
        self.swaps = Counter(
            "api_model_swaps",
            "Models put into service (swapped, restored), and refused (failed, cache_refused).",
            ("problem", "alias", "result"),
            registry=self.registry,
        )
        self.model = Gauge(
            "api_model_info",
            "1 for the model in service, 0 for one that was in service before.",
            ("problem", "alias", "version", "digest", "data"),
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )
        self.loaded = Gauge(
            "api_model_loaded_timestamp_seconds",
            "When the model in service was loaded; its age is time() minus this.",
            ("problem", "alias"),
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )
        self.offline = Gauge(
            "api_model_offline_metric",
            "What the model in service reached on its test part, with the 95 % interval.",
            ("problem", "alias", "metric", "bound"),
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )
        self.registry_up = Gauge(
            "api_model_registry_up",
            "Whether the last question to the model registry was answered.",
            ("problem",),
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )
        self._serving: dict[tuple[str, str], Gauge] = {}

    def model_serves(
        self, slot: tuple[str, str], version: str, digest: str, data: str, result: str
    ) -> None:
        """Show the model that serves in a slot from now on, in the place of the one before.

        Args:
            slot: its problem and the alias that it follows.
            version: the model's.
            digest: of its bundle.
            data: real or synthetic.
            result: how it came: swapped or restored.
        """
        problem, alias = slot
        if slot in self._serving:
            self.model_leaves(slot)
            if not shared():  # workers that share their metrics cannot remove one
                self.model.remove_by_labels({"problem": problem, "alias": alias})
        now = self._serving[slot] = self.model.labels(problem, alias, version, digest, data)
        now.set(1)
        self.loaded.labels(problem, alias).set_to_current_time()
        self.swaps.labels(problem, alias, result).inc()

    def model_reached(
        self, slot: tuple[str, str], metrics: Mapping[str, Mapping[str, float]]
    ) -> None:
        """Show what the model in a slot reached on its test part.

        Args:
            slot: its problem and the alias that it follows.
            metrics: `value`, `low` and `high` of each, by its name.
        """
        problem, alias = slot
        if not shared():  # a metric that only the model before had
            self.offline.remove_by_labels({"problem": problem, "alias": alias})
        for metric, interval in metrics.items():
            for bound, value in interval.items():
                self.offline.labels(problem, alias, metric, bound).set(value)

    def model_leaves(self, slot: tuple[str, str]) -> None:
        """Show that the model in a slot serves no more."""
        self._serving[slot].set(0)

    def exposition(self) -> bytes:
        """Return all metrics, of every worker, in Prometheus's text format."""
        return exposition(self.registry)
