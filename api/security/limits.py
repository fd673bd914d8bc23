"""How often a caller may call: one token bucket for each, in bounded memory."""

from __future__ import annotations

import math
import time

import msgspec

_MOST_BUCKETS = 10_000


class _Bucket(msgspec.Struct):
    level: float
    at: float


class Buckets:
    """Token buckets by name: each holds up to `burst` tokens and gains `rate` a second.

    Args:
        rate: tokens a second.
        burst: tokens of a full bucket.
    """

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._buckets: dict[str, _Bucket] = {}

    def take(self, name: str) -> int:
        """Take one token; return 0, or after how many whole seconds there will be one."""
        now = time.monotonic()
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._fresh(name, now)
        bucket.level = min(self._burst, bucket.level + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.level < 1:
            return math.ceil((1 - bucket.level) / self._rate)
        bucket.level -= 1
        return 0

    def _fresh(self, name: str, now: float) -> _Bucket:
        if len(self._buckets) >= _MOST_BUCKETS:
            # The one that came first gives way; at worst its owner gets a full bucket.
            del self._buckets[next(iter(self._buckets))]
        bucket = self._buckets[name] = _Bucket(self._burst, now)
        return bucket
