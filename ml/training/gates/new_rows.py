"""Gates that look for a fault in what has come since the model in production was trained.

A batch with wrong outcomes spoils training and test rows alike, so that no metric of a
candidate shows it. What gives it away is how the model in production, which knows nothing of
the batch, does on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.bundle.check import Check
from ml.data.clean_store import BATCH
from ml.problems.gates import Bound
from ml.problems.text import Text
from ml.training.evaluation.bootstrap import summary
from ml.training.evaluation.metrics import views
from ml.training.evaluation.ranking import Ranking
from ml.training.evaluation.subgroups import large_enough

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from ml.bundle import Interval
    from ml.training.evaluation.bootstrap import Weights
    from ml.training.gates.evidence import Evidence, Judged

_GATES = ("outcome_rate_of_new_rows", "production_on_new_rows")
_TOO_RARE = Text(
    "an outcome is too rare, there or before, to rank rows",
    "algún desenlace es demasiado raro, ahí o antes, para ordenar las filas",
)


def known_rows(evidence: Evidence, reigning: Judged) -> NDArray[np.intp]:
    """Return the test rows of batches that a model's data held already."""
    batches = pa.array(reigning.lineage["batches"], pa.string())
    known = pc.is_in(evidence.test.records[BATCH], value_set=batches)
    return np.flatnonzero(known.to_numpy())


def new_rows(evidence: Evidence) -> Iterator[Check]:
    """Yield whether outcomes of new rows are as frequent, and as well ranked, as before."""
    if evidence.reigning is None:
        yield from (Check.skipped(gate, evidence.absence) for gate in _GATES)
        return
    problem, outcomes = evidence.problem, evidence.test.rows.outcomes
    known = known_rows(evidence, evidence.reigning)
    answered = np.flatnonzero(np.isfinite(evidence.reigning.probabilities).all(axis=1))
    before, after = np.intersect1d(answered, known), np.setdiff1d(answered, known)
    if min(len(before), len(after)) < problem.gates.subgroup_rows:
        why = Text(
            "there are too few new rows, or too few known ones, to compare",
            "hay muy pocas filas nuevas, o muy pocas conocidas, para comparar",
        )
        yield from (Check.skipped(gate, why) for gate in _GATES)
        return
    # However few outcomes of a class the new rows have: all of one kind is a finding.
    ratios = _ratios(evidence, evidence.reigning, before, after)
    yield _rate(ratios, problem.gates.rate_change, problem.target.labels)
    if not all(large_enough(problem, outcomes[rows]) for rows in (before, after)):
        yield Check.skipped(_GATES[1], _TOO_RARE)
        return
    ranks = [_ranks(evidence, evidence.reigning, rows) for rows in (before, after)]
    yield _rank(summary(["auroc"], ranks[1] - ranks[0])["auroc"], problem.gates.new_rows_drop)


def _ratios(
    evidence: Evidence, reigning: Judged, before: NDArray[np.intp], after: NDArray[np.intp]
) -> dict[str, Interval]:
    """Return by what factor each outcome's rate has changed."""
    listed = list(views(evidence.test.rows.outcomes, reigning.probabilities))
    happened = np.column_stack([positive for _, positive, _ in listed]).astype(np.float64)

    def rates(rows: NDArray[np.intp]) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore"):
            return evidence.bootstrap.subset(rows).values(
                lambda weights: weights @ happened[rows] / weights.sum(axis=1)[:, None]
            )

    with np.errstate(divide="ignore", invalid="ignore"):
        changed = rates(after) / rates(before)
    classes = list(evidence.problem.target.classes)
    return summary([classes[index] for index, _, _ in listed], changed)


def _ranks(evidence: Evidence, reigning: Judged, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return (1 + replicates, 1): the mean AUROC of the classes' risks."""
    rankings = [
        Ranking(positive, risk)
        for _, positive, risk in views(
            evidence.test.rows.outcomes[rows], reigning.probabilities[rows]
        )
    ]

    def statistic(weights: Weights) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.mean([r(weights)[:, :1] for r in rankings], axis=0)
        return found

    return evidence.bootstrap.subset(rows).values(statistic)


def _rate(ratios: dict[str, Interval], factor: float, labels: Mapping[str, Text]) -> Check:
    """Judge the class whose rate has changed most."""
    with np.errstate(divide="ignore"):  # an outcome that has vanished
        name, ratio = max(ratios.items(), key=lambda item: abs(np.log(item[1].value)))
    bound = Bound(1 / factor, factor)
    by_chance = ratio.low <= 1 <= ratio.high
    return Check(
        gate=_GATES[0],
        measured=ratio.value,
        interval=ratio,
        bound=bound,
        outcome="passed" if bound.holds(ratio.value) or by_chance else "failed",
        reason=Text.of(
            "{name} is {ratio:.2f} times as frequent in new rows as in those that production "
            "knew; beyond a factor of {factor:g} a fault in the outcomes is suspected",
            "{name} es {ratio:.2f} veces tan frecuente en las filas nuevas como en las que el "
            "modelo en producción conocía; más allá de un factor de {factor:g} se sospecha un "
            "error en los desenlaces",
            name=labels[name],
            ratio=ratio.value,
            factor=factor,
        ),
    )


def _rank(change: Interval, drop: float) -> Check:
    by_chance = change.high >= 0
    return Check(
        gate=_GATES[1],
        measured=change.value,
        interval=change,
        bound=Bound(minimum=-drop),
        outcome="passed" if change.value >= -drop or by_chance else "failed",
        reason=Text.of(
            "the model in production ranks new rows with an AUROC that differs by {change:+.4f} "
            "from that on the rows it knew; below {limit:g} a fault in the new rows is suspected",
            "el modelo en producción ordena las filas nuevas con un AUROC que difiere en "
            "{change:+.4f} del de las filas que conocía; por debajo de {limit:g} se sospecha un "
            "error en las filas nuevas",
            change=change.value,
            limit=-drop,
        ),
    )
