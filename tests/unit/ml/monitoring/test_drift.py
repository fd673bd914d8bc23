from __future__ import annotations

import math

import numpy as np

from ml.monitoring.drift import drift


def counts(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_the_index_is_the_sum_over_the_bins() -> None:
    found = drift(counts(599.5, 399.5), counts(299.5, 699.5), 0.25)
    expected = (0.3 - 0.6) * math.log(0.3 / 0.6) + (0.7 - 0.4) * math.log(0.7 / 0.4)
    assert math.isclose(found.psi, expected, rel_tol=1e-9)
    assert found.drifted


def test_equal_shares_have_not_drifted_and_an_empty_bin_stays_finite() -> None:
    assert drift(counts(600, 400), counts(60, 40), 0.25).psi < 1e-3
    gone = drift(counts(600, 400), counts(1000, 0), 0.25)
    assert math.isfinite(gone.psi)
    assert gone.drifted


def test_few_rows_in_many_bins_exceed_the_bound_but_not_chance() -> None:
    random = np.random.default_rng(1)
    shares = random.dirichlet(np.ones(20))
    before = random.multinomial(5000, shares).astype(float)
    found = [drift(before, random.multinomial(60, shares).astype(float), 0.25) for _ in range(400)]
    assert sum(each.psi >= 0.25 for each in found) > 100
    assert sum(each.drifted for each in found) <= 12  # the chi-squared is exact for many rows only


def test_one_bin_alone_never_drifts() -> None:
    found = drift(counts(500), counts(80), 0.25)
    assert (found.psi, found.drifted) == (0, False)
