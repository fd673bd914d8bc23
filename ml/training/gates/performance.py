"""Gates on how well a candidate does by itself: bounds of metrics, and every subgroup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.bundle.check import Check
from ml.problems.gates import Bound
from ml.problems.text import Text
from ml.training.evaluation.metrics import TITLES, Scored
from ml.training.evaluation.subgroups import subgroups
from ml.training.gates.named import NO_GROUP, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ml.bundle import Interval
    from ml.bundle.evaluation import Subgroup
    from ml.problems.gates import Gates
    from ml.problems.problem import Problem
    from ml.training.gates.evidence import Evidence


def bounds(gates: Gates, found: Mapping[str, Interval]) -> Iterator[Check]:
    """Yield for each bounded metric whether its value on the test part is in the range.

    Args:
        gates: declares the bounds.
        found: the candidate's metrics.
    """
    for name, bound in gates.bounds.items():
        interval = found.get(name)
        if interval is None:
            reason = Text.of(
                "{metric} cannot be computed on the test part",
                "{metric}: no se puede calcular en la parte de prueba",
                metric=TITLES[name],
            )
            yield Check(gate=name, bound=bound, outcome="failed", reason=reason)
            continue
        held = bound.holds(interval.value)
        yield Check(
            gate=name,
            measured=interval.value,
            interval=interval,
            bound=bound,
            outcome="passed" if held else "failed",
            reason=Text.of(
                "{metric} {value:.4f}, {bound}" if held else "{metric} {value:.4f}, not {bound}",
                "{metric} {value:.4f}, {bound}"
                if held
                else "{metric} {value:.4f}; se pide {bound}",
                metric=TITLES[name],
                value=interval.value,
                bound=described(bound),
            ),
        )


def described(bound: Bound) -> Text:
    """Return a bound in words."""
    low, high = bound.minimum, bound.maximum
    if low is None and high is None:
        return Text.same("-")
    if low is None:
        return Text.of("at most {high:g}", "como máximo {high:g}", high=high)
    if high is None:
        return Text.of("at least {low:g}", "como mínimo {low:g}", low=low)
    return Text.of("{low:g} to {high:g}", "de {low:g} a {high:g}", low=low, high=high)


def groups(evidence: Evidence) -> Iterator[Check]:
    """Yield whether each subgroup is ranked and calibrated well enough.

    A group fails where its 95 % interval lies wholly beyond the bound: of many small groups,
    chance alone would have some beyond it.
    """
    rows = evidence.test.rows
    scored = Scored(
        evidence.test.records, rows.outcomes, evidence.candidate.probabilities, rows.groups
    )
    found, _ = subgroups(evidence.problem, scored, evidence.bootstrap)
    large = [group for group in found if group.metrics]
    if not large:
        for gate in ("subgroup_auroc", "subgroup_gap"):
            yield Check.skipped(gate, NO_GROUP)
        return
    yield _lowest_auroc(evidence.problem, large)
    yield _largest_gap(evidence.problem, large)


def _lowest_auroc(problem: Problem, found: Sequence[Subgroup]) -> Check:
    floor = problem.gates.subgroup_auroc
    lowest = min(found, key=lambda group: group.metrics["auroc"].high)
    interval = lowest.metrics["auroc"]
    below = [group for group in found if group.metrics["auroc"].high < floor]
    who = _names(problem, below or [lowest])
    return Check(
        gate="subgroup_auroc",
        measured=interval.value,
        interval=interval,
        bound=Bound(minimum=floor),
        outcome="failed" if below else "passed",
        reason=Text.of(
            "the AUROC lies below {floor:g} beyond doubt for {who}",
            "el AUROC está sin duda por debajo de {floor:g} para {who}",
            floor=floor,
            who=who,
        )
        if below
        else Text.of(
            "no group's AUROC lies below {floor:g} beyond doubt; the lowest is {who}",
            "ningún grupo tiene un AUROC sin duda por debajo de {floor:g}; el más bajo es {who}",
            floor=floor,
            who=who,
        ),
    )


def _largest_gap(problem: Problem, found: Sequence[Subgroup]) -> Check:
    limit = problem.gates.subgroup_gap

    def sure(group: Subgroup) -> float:
        """Return how far a group's mean risk is from its outcome rate at the least."""
        gap = group.metrics["gap"]
        return max(gap.low, -gap.high)

    worst = max(found, key=sure)
    interval = worst.metrics["gap"]
    beyond = [group for group in found if sure(group) > limit]
    who = _names(problem, beyond or [worst])
    return Check(
        gate="subgroup_gap",
        measured=interval.value,
        interval=interval,
        bound=Bound(-limit, limit),
        outcome="failed" if beyond else "passed",
        reason=Text.of(
            "mean risk and outcome rate are more than {limit:g} apart beyond doubt for {who}",
            "el riesgo medio y la frecuencia del desenlace distan sin duda más de {limit:g} para "
            "{who}",
            limit=limit,
            who=who,
        )
        if beyond
        else Text.of(
            "no group's mean risk and outcome rate are more than {limit:g} apart beyond doubt; "
            "the furthest is {who}",
            "en ningún grupo el riesgo medio y la frecuencia del desenlace distan sin duda más de "
            "{limit:g}; el más alejado es {who}",
            limit=limit,
            who=who,
        ),
    )


def _names(problem: Problem, groups: Sequence[Subgroup]) -> Text:
    return Text.joined(
        ", ",
        (
            Text.of(
                "{name} ({rows} rows)",
                "{name} ({rows} filas)",
                name=named(problem, group),
                rows=group.rows,
            )
            for group in groups
        ),
    )
