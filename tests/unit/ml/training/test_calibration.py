from __future__ import annotations

import numpy as np
import pytest

from ml.bundle import Calibrator
from ml.training.calibration import fit_platt

DRAWN = np.random.default_rng(1)
MARGINS = DRAWN.normal(0, 1.5, 60_000)


def outcomes(slope: float, intercept: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    risk = 1 / (1 + np.exp(-(slope * MARGINS + intercept)))
    drawn: np.ndarray[tuple[int], np.dtype[np.int64]] = (DRAWN.random(risk.size) < risk).astype(
        np.int64
    )
    return drawn


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.5, -2.0), (2.0, 1.0)])
def test_the_slope_and_intercept_that_made_the_outcomes_are_found(
    slope: float, intercept: float
) -> None:
    found = fit_platt(MARGINS, outcomes(slope, intercept))
    assert found.slope == pytest.approx(slope, abs=0.08)
    assert found.intercept == pytest.approx(intercept, abs=0.08)


def test_margins_that_run_the_wrong_way_are_not_turned_round() -> None:
    assert fit_platt(MARGINS, outcomes(-1.0, 0.0)) == Calibrator()


def test_a_calibrator_keeps_the_order_and_gives_two_probabilities() -> None:
    found = Calibrator(0.5, -1.0).probabilities(np.array([-3.0, 0.0, 3.0]))
    assert found.shape == (3, 2)
    assert np.allclose(found.sum(axis=1), 1)
    assert (np.diff(found[:, 1]) > 0).all()
    assert found[1, 1] == pytest.approx(1 / (1 + np.e))


def test_no_calibration_leaves_the_models_own_probabilities() -> None:
    assert Calibrator().probabilities(np.array([0.0]))[0].tolist() == [0.5, 0.5]
