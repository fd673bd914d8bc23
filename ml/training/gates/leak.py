"""Gates that suspect a leak: a model too good to be true, or one that needs a single input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.bundle.check import Check
from ml.problems.gates import Bound
from ml.problems.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from ml.bundle import Interval
    from ml.training.gates.evidence import Evidence

# Enough for shares that are stable to a percent; the rows are in the order of their hash.
_EXPLAINED_ROWS = 1000


def contributions(evidence: Evidence) -> NDArray[np.float64]:
    """Return (some rows, input columns): what moved the candidate's log-odds."""
    names = [column.name for column in evidence.candidate.model.schema.inputs]
    records = evidence.test.records.select(names).slice(0, _EXPLAINED_ROWS).to_pylist()
    return evidence.candidate.model.explain(records).contributions


def leak(
    evidence: Evidence, found: Mapping[str, Interval], explained: NDArray[np.float64]
) -> Iterator[Check]:
    """Yield whether the candidate looks as if it had seen the outcome.

    Args:
        evidence: of the candidate.
        found: its metrics.
        explained: `contributions` of it.
    """
    limit, auroc = evidence.problem.gates.suspect_auroc, found["auroc"]
    ceiling = Bound(maximum=limit)
    yield Check(
        gate="suspect_auroc",
        measured=auroc.value,
        interval=auroc,
        bound=ceiling,
        outcome="passed" if ceiling.holds(auroc.value) else "failed",
        reason=Text.of(
            "AUROC {value:.4f}; above {limit:g} a leak is suspected",
            "AUROC {value:.4f}; por encima de {limit:g} se sospecha una fuga de datos",
            value=auroc.value,
            limit=limit,
        ),
    )
    yield _strongest(evidence, explained)


def _strongest(evidence: Evidence, explained: NDArray[np.float64]) -> Check:
    moved = np.abs(explained).mean(axis=0)
    shares = moved / max(float(moved.sum()), np.finfo(np.float64).tiny)
    name = evidence.candidate.model.schema.inputs[int(shares.argmax())].label
    limit = evidence.problem.gates.suspect_share
    return Check.of(
        "suspect_share",
        float(shares.max()),
        Bound(maximum=limit),
        Text.of(
            "{name} alone accounts for {share:.0%} of what moves the risks; above {limit:.0%} a "
            "leak is suspected",
            "{name} por sí solo explica el {share:.0%} de lo que mueve los riesgos; por encima "
            "del {limit:.0%} se sospecha una fuga de datos",
            name=name,
            share=float(shares.max()),
            limit=limit,
        ),
    )
