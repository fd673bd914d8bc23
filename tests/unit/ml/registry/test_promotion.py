from __future__ import annotations

import msgspec
import pytest

from ml.problems.problem import Limits
from ml.registry import judge
from tests import toy

PROBLEM = msgspec.structs.replace(toy.problem, limits=Limits(worse_auroc=0.01, suspect_auroc=0.9))
REAL, SYNTHETIC = "real", "synthetic"


@pytest.mark.parametrize(
    ("candidate", "reigning", "promoted", "reason"),
    [
        ((REAL, 0.7), None, True, "AUROC 0.7000; there was no model in production"),
        ((SYNTHETIC, 0.7), None, True, "there was no model in production"),
        ((REAL, 0.72), (REAL, 0.7), True, "0.7200 is not worse than 0.7000"),
        ((REAL, 0.7), (REAL, 0.7), True, "0.7000 is not worse than 0.7000"),
        ((REAL, 0.691), (REAL, 0.7), True, "0.6910 is not worse than 0.7000"),
        ((REAL, 0.689), (REAL, 0.7), False, "0.6890 is worse than 0.7000"),
        ((SYNTHETIC, 0.72), (SYNTHETIC, 0.7), True, "not worse than"),
        ((SYNTHETIC, 0.5), (SYNTHETIC, 0.7), False, "is worse than"),
        ((SYNTHETIC, 0.89), (REAL, 0.6), False, "synthetic data against real data in production"),
        ((REAL, 0.6), (SYNTHETIC, 0.89), True, "real data against synthetic data in production"),
        ((REAL, 0.901), None, False, "0.9010 is above 0.9: a leak is suspected"),
        ((REAL, 0.901), (REAL, 0.7), False, "a leak is suspected"),
        ((REAL, 0.901), (SYNTHETIC, 0.7), False, "a leak is suspected"),
        ((REAL, 0.9), (REAL, 0.7), True, "not worse than"),
        ((SYNTHETIC, 0.95), (SYNTHETIC, 0.7), True, "not worse than"),
        ((REAL, float("nan")), (REAL, 0.7), False, "is not a number"),
        ((REAL, float("nan")), None, False, "is not a number"),
    ],
)
def test_the_gate(
    candidate: tuple[str, float],
    reigning: tuple[str, float] | None,
    promoted: bool,  # noqa: FBT001 - a column of the table
    reason: str,
) -> None:
    decided, said = judge(
        PROBLEM,
        {"data": candidate[0], "auroc": candidate[1]},
        None if reigning is None else {"data": reigning[0], "auroc": reigning[1]},
    )
    assert decided is promoted
    assert reason in said
