"""Counting the records that got a prediction, their risks, and what they lacked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from itertools import chain

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
        self._risks = lru_cache(partial(metrics.risks.labels, problem))
        self._missing = lru_cache(maxsize=None)(partial(metrics.missing.labels, problem))

    def __call__(self, version: str, bands: Sequence[str]) -> None:
        """Count the records of one request, one band for each."""
        if len(bands) == 1:  # nearly always
            self._of(version, bands[0]).inc()
            return
        for band, count in Counter(bands).items():
            self._of(version, band).inc(count)

    def seen(self, version: str, risks: Sequence[float], missing: Iterable[Sequence[str]]) -> None:
        """Count the risks of some records, and the inputs that each of them lacked.

        Args:
            version: who scored them.
            risks: of each record.
            missing: names of declared inputs, for each record.
        """
        self._risks(version).observe_all(risks)
        for name, count in Counter(chain.from_iterable(missing)).items():
            self._missing(name).inc(count)
