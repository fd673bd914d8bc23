from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from api.histograms import BulkHistogram

BOUNDS = (0.1, 0.5, 1.0)
# On the bounds, between them, above the last; and so often that they are taken at once.
AMOUNTS = [0.0, 0.1, 0.10001, 0.5, 0.75, 1.0, 2.5]


@pytest.mark.parametrize("times", [0, 1, 1000])
def test_many_amounts_at_once_count_as_one_by_one(times: int) -> None:
    told = []
    for kind in (Histogram, BulkHistogram):
        registry = CollectorRegistry()
        made = kind("risk", "A risk.", ("model",), buckets=BOUNDS, registry=registry).labels("m")
        if isinstance(made, BulkHistogram):
            made.observe_all(AMOUNTS * times)
        else:
            for amount in AMOUNTS * times:
                made.observe(amount)
        lines = generate_latest(registry).decode().splitlines()
        told.append(
            {
                name: float(value)
                for name, _, value in (
                    line.rpartition(" ") for line in lines if "_created" not in line
                )
                if not name.startswith("#")
            }
        )
    one_by_one, at_once = told
    assert at_once == pytest.approx(one_by_one)
