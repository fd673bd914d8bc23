"""All gates together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.bundle.check import Check, released
from ml.problems.text import Text
from ml.settings import SYNTHETIC
from ml.training.evaluation.metrics import Measures
from ml.training.gates.comparison import comparison, group_comparison
from ml.training.gates.leak import leak
from ml.training.gates.new_rows import new_rows
from ml.training.gates.performance import bounds, groups
from ml.training.gates.technical import technical

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.training.gates.evidence import Evidence


def judge(evidence: Evidence, explained: NDArray[np.float64]) -> tuple[Check, ...]:
    """Return what every gate says of a candidate.

    What says something about patients does not bind a model of synthetic data.

    Args:
        evidence: of the candidate.
        explained: (some rows, input columns): what moved the candidate's log-odds.
    """
    if not np.isfinite(evidence.candidate.probabilities).all():
        reason = Text(
            "the candidate gives no probability for some test record",
            "el candidato no da ninguna probabilidad para algún registro de prueba",
        )
        return (Check(gate="answers", outcome="failed", reason=reason),)
    outcomes, target = evidence.test.rows.outcomes, evidence.candidate.model.schema.target
    measures = Measures(outcomes, evidence.candidate.probabilities, target)
    found = evidence.bootstrap.intervals(measures.names, measures)
    of_patients = [
        *bounds(evidence.problem.gates, found),
        *groups(evidence),
        *leak(evidence, found, explained),
    ]
    if evidence.candidate.model.data == SYNTHETIC:
        of_patients = released(of_patients)
    return (
        *comparison(evidence),
        *group_comparison(evidence),
        *new_rows(evidence),
        *of_patients,
        *technical(evidence),
    )
