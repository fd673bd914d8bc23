"""What a model of readmission must show before it is promoted, and for whom it is looked at."""

from __future__ import annotations

from ml.problems.gates import Bound, Gates, Group, Subgrouping
from ml.problems.text import Text

GATES = Gates(
    bounds={
        # Logistic regression on the raw columns reaches .668 and .215.
        "auroc": Bound(minimum=0.65),
        "auprc": Bound(minimum=0.19),
        "brier_skill": Bound(minimum=0.02),
        "calibration_slope": Bound(0.85, 1.15),
        "calibration_intercept": Bound(-0.1, 0.1),
        "ece_mass": Bound(maximum=0.02),
    },
    margins={"auroc": 0.01, "log_loss": 0.002},
    subgroup_auroc=0.6,
    subgroup_gap=0.03,
    # Above .71 on a patient-disjoint split no credible result is known.
    suspect_auroc=0.71,
    # The strongest honest input, the hospital stays of the year before, has about a third.
    suspect_share=0.5,
)


def _ages(*starts: int) -> frozenset[str]:
    return frozenset(f"[{start}-{start + 10})" for start in starts)


SUBGROUPS = (
    Subgrouping(column="race"),
    Subgrouping(column="gender"),
    Subgrouping(
        column="age",
        groups=(
            Group(Text("under 40", "menos de 40"), _ages(0, 10, 20, 30)),
            Group(Text("40 to 49", "40 a 49"), _ages(40)),
            Group(Text("50 to 59", "50 a 59"), _ages(50)),
            Group(Text("60 to 69", "60 a 69"), _ages(60)),
            Group(Text("70 to 79", "70 a 79"), _ages(70)),
            Group(Text("80 and over", "80 o más"), _ages(80, 90)),
        ),
    ),
)
