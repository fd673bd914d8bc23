"""What a model of malignancy must show before it is promoted.

The test part has some 85 samples, so that every interval is wide: the bounds are about two
standard errors below what a logistic regression reaches (accuracy .97, sensitivity .97).
"""

from __future__ import annotations

from ml.problems.gates import Bound, Gates

GATES = Gates(
    bounds={
        "auroc": Bound(minimum=0.97),
        # A malignant sample that is taken for a benign one is the costlier mistake.
        "sensitivity": Bound(minimum=0.9),
        "accuracy": Bound(minimum=0.92),
        "brier_skill": Bound(minimum=0.6),
        # Slope and intercept of calibration have no finite value where no risk is wrong.
        "ece_mass": Bound(maximum=0.08),
    },
    margins={"auroc": 0.02, "log_loss": 0.05},
    # Honest models of these data rank nearly every pair right, and a small test part may well
    # hold none that is wrong: no figure is too good.
    suspect_auroc=1.0,
    # The outline's dents and the largest nuclei tell nearly everything.
    suspect_share=0.8,
    rate_change=1.5,
)
