from __future__ import annotations

import numpy as np
import pytest

from ml.bundle import Calibrator
from ml.training.calibration import calibrate, fit_calibrator

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
    found = fit_calibrator(MARGINS, outcomes(slope, intercept))
    assert found.slope == pytest.approx(slope, abs=0.08)
    assert found.intercept == pytest.approx(intercept, abs=0.08)


def test_margins_that_run_the_wrong_way_are_not_turned_round() -> None:
    assert fit_calibrator(MARGINS, outcomes(-1.0, 0.0)) == Calibrator()


def test_a_calibrator_keeps_the_order_and_gives_two_probabilities() -> None:
    found = Calibrator(0.5, -1.0).probabilities(np.array([-3.0, 0.0, 3.0]))
    assert found.shape == (3, 2)
    assert np.allclose(found.sum(axis=1), 1)
    assert (np.diff(found[:, 1]) > 0).all()
    assert found[1, 1] == pytest.approx(1 / (1 + np.e))


def test_no_calibration_leaves_the_models_own_probabilities() -> None:
    assert Calibrator().probabilities(np.array([0.0]))[0].tolist() == [0.5, 0.5]


GROUPS = np.arange(MARGINS.size // 2).repeat(2).astype(str)


@pytest.mark.parametrize("slope", [0.5, 2.0])
def test_a_calibration_that_helps_is_kept(slope: float) -> None:
    found = calibrate(MARGINS, outcomes(slope, -1.0), GROUPS)
    assert found.calibrator.slope == pytest.approx(slope, abs=0.08)


def test_a_calibration_that_does_not_help_is_left_out() -> None:
    """Of risks that are right already, nearly every calibration only repeats the noise."""
    random = np.random.default_rng(3)
    groups = np.arange(400).astype(str)
    kept = 0
    for _ in range(50):
        margins = random.normal(0, 1.5, 400)
        drawn = (random.random(400) < 1 / (1 + np.exp(-margins))).astype(np.int64)
        kept += calibrate(margins, drawn, groups).calibrator != Calibrator()
    assert kept < 25


def test_the_log_loss_is_of_patients_that_the_calibration_has_not_seen() -> None:
    """Rows of one patient share a half: otherwise they would vouch for one another."""
    drawn = outcomes(0.5, -2.0)
    found = calibrate(MARGINS, drawn, GROUPS)
    risk = found.calibrator.probabilities(MARGINS)[:, 1]
    on_itself = -np.mean(np.log(np.where(drawn == 1, risk, 1 - risk)))
    assert found.log_loss == pytest.approx(on_itself, abs=1e-3)
    assert found.log_loss > on_itself


def three(slope: float, intercepts: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Margins of three classes, and outcomes drawn from the calibration of these parameters."""
    random = np.random.default_rng(5)
    margins = random.normal(0, 1.5, (30_000, 3))
    edges = Calibrator(slope, intercepts).probabilities(margins).cumsum(axis=1)
    return margins, (random.random((30_000, 1)) > edges[:, :-1]).sum(axis=1)


def test_the_slope_and_intercepts_of_several_classes_are_found() -> None:
    margins, drawn = three(0.6, (-0.5, 0.0, 0.5))
    found = calibrate(margins, drawn, np.arange(30_000).astype(str)).calibrator
    assert found.slope == pytest.approx(0.6, abs=0.03)
    assert found.intercept == pytest.approx((-0.5, 0.0, 0.5), abs=0.06)
    probabilities = found.probabilities(margins)
    assert np.allclose(probabilities.sum(axis=1), 1)
    rates = np.bincount(drawn) / len(drawn)
    assert probabilities.mean(axis=0) == pytest.approx(rates, abs=0.003)


def test_margins_of_several_classes_that_run_the_wrong_way_are_left_alone() -> None:
    margins, drawn = three(1.0, (0.0, 0.0, 0.0))
    assert fit_calibrator(-margins, drawn) == Calibrator()


def test_few_rows_that_are_all_ranked_right_leave_a_doubt() -> None:
    margins = np.array([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])
    outcomes = (margins > 0).astype(np.int64)
    found = fit_calibrator(margins, outcomes)
    assert 0 < found.slope < 3
    assert found.probabilities(np.array([1.0]))[0, 1] < 0.9
