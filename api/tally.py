"""Counting the records that got a prediction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache, partial

from api.history.rows import Channel
from api.metrics import Metrics


class Tally:
    """Counts one problem's records, by the version that scored them and their risk bands.

    Args:
        metrics: where they are counted.
        problem: whose they are.
        channel: what they were scored for.
    """

    def __init__(self, metrics: Metrics, problem: str, channel: Channel = "production") -> None:
        self._of = lru_cache(partial(metrics.predictions.labels, problem, channel))

    def __call__(self, version: str, bands: Sequence[str]) -> None:
        """Count the records of one request, one band for each."""
        if len(bands) == 1:  # nearly always
            self._of(version, bands[0]).inc()
            return
        for band, count in Counter(bands).items():
            self._of(version, band).inc(count)
