"""What Prometheus reads of the challengers."""

from __future__ import annotations

from typing import Literal, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Histogram

# Why a challenger may not score now.
Hindrance: TypeAlias = Literal["no_model", "refused", "same_version"]
# Why it did not score what was meant for it.
Missed: TypeAlias = Hindrance | Literal["failed", "queue_full", "history_full"]
# Differences between two probabilities.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class ChallengeMetrics:
    """The metrics of all challengers.

    Args:
        registry: of the application.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.missed = Counter(
            "api_challenger_missed",
            "Records meant for the challenger that it did not score, by reason; production did.",
            ("problem", "reason"),
            registry=registry,
        )
        self.difference = Histogram(
            "api_challenger_risk_difference",
            "Absolute difference between the shadow's risk and the one that was answered.",
            ("problem",),
            buckets=_BUCKETS,
            registry=registry,
        )
