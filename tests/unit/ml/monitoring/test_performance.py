from __future__ import annotations

import numpy as np

from ml.monitoring.answered import UNKNOWN, Judged
from ml.monitoring.performance import performance
from ml.problems.monitoring import Monitoring
from ml.settings import Settings

POLICY = Monitoring(minimum_outcomes=200, minimum_class=20)
SETTINGS = Settings(bootstrap_replicates=50)


def judged(rows: int, classes: int, *, known: float = 1.0, bias: float = 0.0) -> Judged:
    """Predictions that are right on the whole, but for a bias in their log-odds."""
    random = np.random.default_rng(1)
    logits = random.normal(0, 1.2, (rows, classes))
    truth = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    outcomes = np.array([random.choice(classes, p=p) for p in truth], dtype=np.int64)
    outcomes[random.random(rows) >= known] = UNKNOWN
    logits[:, -1] += bias
    told = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    versions = np.where(np.arange(rows) < rows // 2, "1", "2")
    return Judged(versions, (np.arange(rows) // 2).astype(np.str_), outcomes, told)


def test_what_all_answered_and_what_each_version_did() -> None:
    everything, first, second = performance(judged(1200, 2), ["no", "yes"], POLICY, SETTINGS)
    assert [each.version for each in (everything, first, second)] == ["", "1", "2"]
    assert (everything.due, everything.known, first.known) == (1200, 1200, 600)
    assert list(everything.by_class) == ["yes"]
    assert everything.metrics == everything.by_class["yes"]
    slope = everything.metrics["calibration_slope"]
    assert slope.low < 1 < slope.high
    assert everything.metrics["auroc"].low > 0.5


def test_risks_that_have_become_too_high_show_in_the_intercept() -> None:
    found = performance(judged(1200, 2, bias=1.0), ["no", "yes"], POLICY, SETTINGS)[0]
    assert found.metrics["calibration_intercept"].high < -0.5


def test_of_three_classes_each_is_told_and_their_mean() -> None:
    found = performance(judged(900, 3), ["a", "b", "c"], POLICY, SETTINGS)[0]
    assert list(found.by_class) == ["a", "b", "c"]
    mean = np.mean([each["auroc"].value for each in found.by_class.values()])
    assert abs(found.metrics["auroc"].value - mean) < 1e-12


def test_too_few_known_outcomes_are_counted_and_not_judged() -> None:
    found = performance(judged(1000, 2, known=0.1), ["no", "yes"], POLICY, SETTINGS)[0]
    assert found.due == 1000
    assert 50 < found.known < 150
    assert not found.metrics
    nothing = judged(0, 2)
    assert performance(nothing, ["no", "yes"], POLICY, SETTINGS)[0].due == 0
