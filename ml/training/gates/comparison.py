"""Gates that set a candidate against the model in production, on the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from ml.bundle import Interval
from ml.bundle.check import Check
from ml.problems.gates import Bound
from ml.problems.text import Text
from ml.training.evaluation.bootstrap import summary
from ml.training.evaluation.membership import members
from ml.training.evaluation.metrics import HIGHER_IS_BETTER, TITLES, differences
from ml.training.evaluation.subgroups import GROUP_METRICS, GroupMeasures, large_enough
from ml.training.gates.named import NO_GROUP, named
from ml.training.gates.new_rows import known_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ml.training.gates.evidence import Evidence, Judged

_ROWS = Text("rows", "filas")
_KNOWN_ROWS = Text("rows that production knew", "filas que el modelo en producción ya conocía")


def comparison(evidence: Evidence) -> Iterator[Check]:
    """Yield for each declared metric whether the candidate is not worse than production.

    Not worse has to be shown: the whole 95 % interval of the paired difference must lie
    within the margin. Where rows have come since the model in production was trained, the
    same is asked of the rows that it knew, whose outcomes nobody has touched since.
    """
    margins = evidence.problem.gates.margins
    if evidence.reigning is None:
        for metric in margins:
            yield Check.skipped(f"{metric}_against_production", evidence.absence)
        return
    outcomes = evidence.test.rows.outcomes
    both = _answered_by_both(evidence, evidence.reigning)
    if not large_enough(evidence.problem, outcomes[both]):
        reason = Text.of(
            "the {rows} test rows that both models answer are too few to compare on",
            "las {rows} filas de prueba a las que ambos modelos responden son muy pocas para "
            "compararlos",
            rows=len(both),
        )
        for metric in margins:
            yield Check(gate=f"{metric}_against_production", outcome="failed", reason=reason)
        return
    yield from _compared(evidence, evidence.reigning, both, "")
    known = np.intersect1d(both, known_rows(evidence, evidence.reigning))
    if known.size < both.size and large_enough(evidence.problem, outcomes[known]):
        yield from _compared(evidence, evidence.reigning, known, "_on_known_rows")


def _answered_by_both(evidence: Evidence, reigning: Judged) -> NDArray[np.intp]:
    answered = np.isfinite(evidence.candidate.probabilities) & np.isfinite(reigning.probabilities)
    return np.flatnonzero(answered.all(axis=1))


def _compared(
    evidence: Evidence, reigning: Judged, rows: NDArray[np.intp], suffix: str
) -> Iterator[Check]:
    found = differences(
        evidence.bootstrap.subset(rows),
        evidence.test.rows.outcomes[rows],
        evidence.candidate.probabilities[rows],
        reigning.probabilities[rows],
        evidence.problem.target,
    )
    for metric, margin in evidence.problem.gates.margins.items():
        yield _not_worse(metric, found[metric], margin, len(rows), suffix)


def _not_worse(metric: str, difference: Interval, margin: float, rows: int, suffix: str) -> Check:
    higher = HIGHER_IS_BETTER[metric]
    better = (
        difference if higher else Interval(-difference.value, -difference.high, -difference.low)
    )
    shown = better.low >= -margin
    return Check(
        gate=f"{metric}_against_production{suffix}",
        measured=difference.value,
        interval=difference,
        bound=Bound(minimum=-margin) if higher else Bound(maximum=margin),
        outcome="passed" if shown else "failed",
        reason=Text.of(
            "{metric} differs by {value:+.4f} [{low:+.4f}, {high:+.4f}] on the same {rows} {kind}: "
            "{relation}",
            "{metric}: diferencia de {value:+.4f} [{low:+.4f}; {high:+.4f}] en las mismas {rows} "
            "{kind}: {relation}",
            metric=TITLES[metric],
            rows=rows,
            kind=_KNOWN_ROWS if suffix else _ROWS,
            relation=_relation(better, margin),
            **msgspec.structs.asdict(difference),
        ),
    )


def _relation(better: Interval, margin: float) -> Text:
    """Say what an interval of how much better a candidate is means."""
    if better.low > 0:
        return Text("better than production", "mejor que el modelo en producción")
    if better.low >= -margin:
        return Text.of(
            "not worse than production by more than {margin:g}",
            "no es peor que el modelo en producción en más de {margin:g}",
            margin=margin,
        )
    if better.high < 0:
        return Text("worse than production", "peor que el modelo en producción")
    return Text.of(
        "not shown to be within {margin:g} of production: more test rows would tell",
        "no está demostrado que no sea peor en más de {margin:g}: harían falta más filas de prueba",
        margin=margin,
    )


def group_comparison(evidence: Evidence) -> Iterator[Check]:
    """Yield whether any subgroup is ranked worse than by production, beyond doubt."""
    gate = "subgroup_against_production"
    if evidence.reigning is None:
        yield Check.skipped(gate, evidence.absence)
        return
    margin = evidence.problem.gates.subgroup_margin
    found = dict(_group_differences(evidence, evidence.reigning))
    if not found:
        yield Check.skipped(gate, NO_GROUP)
        return
    worse = [name for name, difference in found.items() if difference.high < -margin]
    lowest = min(found, key=lambda name: found[name].high)
    yield Check(
        gate=gate,
        measured=found[lowest].value,
        interval=found[lowest],
        bound=Bound(minimum=-margin),
        outcome="failed" if worse else "passed",
        reason=Text.of(
            "the AUROC is lower than production's by more than {margin:g} beyond doubt for {who}",
            "el AUROC es sin duda inferior al del modelo en producción en más de {margin:g} para "
            "{who}",
            margin=margin,
            who=Text.joined(", ", worse),
        )
        if worse
        else Text.of(
            "no group's AUROC is lower than production's by more than {margin:g} beyond doubt; "
            "the lowest is {who}",
            "ningún grupo tiene un AUROC sin duda inferior al del modelo en producción en más de "
            "{margin:g}; el más bajo es {who}",
            margin=margin,
            who=lowest,
        ),
    )


def _group_differences(evidence: Evidence, reigning: Judged) -> Iterator[tuple[Text, Interval]]:
    """Yield each large group with the difference of its AUROC."""
    problem, outcomes = evidence.problem, evidence.test.rows.outcomes
    alert = problem.alert
    both = _answered_by_both(evidence, reigning)
    for group in members(problem, evidence.test.records):
        rows = np.intersect1d(group.rows, both)
        if not large_enough(problem, outcomes[rows]):
            continue
        ours, theirs = (
            GroupMeasures(outcomes[rows], model.probabilities[rows], alert)
            for model in (evidence.candidate, reigning)
        )
        part = evidence.bootstrap.subset(rows)
        place = [GROUP_METRICS.index("auroc")]
        apart = part.values(ours)[:, place] - part.values(theirs)[:, place]
        yield named(problem, group), summary(["auroc"], apart)["auroc"]
