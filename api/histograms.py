"""A histogram that takes many observations at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from prometheus_client import Histogram

# Up to here one after the other is no slower.
_FEW = 16


class BulkHistogram(Histogram):
    """The library's histogram, which would take a quarter of a batch's time one by one."""

    def observe_all(self, amounts: Sequence[float]) -> None:
        """Do what `observe` does for each amount; none may be NaN."""
        if len(amounts) <= _FEW:
            for amount in amounts:
                self.observe(amount)
            return
        self._raise_if_not_observable()  # type: ignore[no-untyped-call] # the library's own
        self._sum.inc(float(np.sum(amounts)))
        # An amount belongs to the first bucket whose bound it does not exceed.
        places = np.searchsorted(self._upper_bounds, amounts, side="left")
        for bucket, count in zip(self._buckets, np.bincount(places).tolist(), strict=False):
            if count:
                bucket.inc(count)
