"""What a problem demands of the model in service, and when it is to be trained anew."""

from __future__ import annotations

import msgspec

from ml.problems.gates import Bound


def _calibration() -> dict[str, Bound]:
    return {"calibration_slope": Bound(0.7, 1.4), "calibration_intercept": Bound(-0.3, 0.3)}


class Monitoring(msgspec.Struct, frozen=True, kw_only=True):
    """The retraining policy of a problem.

    Args:
        window_days: over how many days inputs and predictions are looked at.
        outcome_days: how long after a prediction its outcome is known. Before that only one
            kind of outcome can have been reported, and what is reported says little.
        performance_days: over how many days predictions whose outcome is due are looked at.
        minimum_predictions: fewer of them in the window decide nothing.
        minimum_outcomes: fewer known outcomes decide nothing.
        minimum_class: nor do fewer outcomes of any class.
        psi: population stability index from which an input, or a class's risks, has drifted.
            0.25 is the usual bound of "changed" (Siddiqi, "Credit Risk Scorecards", 2006).
        missing_change: change of an input's missing share from which it has drifted.
        drifted_inputs: how many drifted inputs ask for a training.
        auroc_drop: how far below that of the test part the whole interval of the live AUROC
            must lie to ask for a training.
        calibration: bounds of live metrics; an interval that lies outside as a whole asks
            for a training.
        cool_down_days: how long after one training that was asked for no other is.
    """

    window_days: int = 30
    outcome_days: int = 0
    performance_days: int = 90
    minimum_predictions: int = 300
    minimum_outcomes: int = 200
    minimum_class: int = 20
    psi: float = 0.25
    missing_change: float = 0.15
    drifted_inputs: int = 3
    auroc_drop: float = 0.03
    calibration: dict[str, Bound] = msgspec.field(default_factory=_calibration)
    cool_down_days: int = 7
