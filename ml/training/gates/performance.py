"""Gates on how well a candidate does by itself: bounds of metrics, and every subgroup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.bundle.check import Check
from ml.problems.gates import Bound
from ml.training.evaluation.metrics import TITLES, Scored
from ml.training.evaluation.subgroups import subgroups

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ml.bundle import Interval
    from ml.bundle.evaluation import Subgroup
    from ml.problems.gates import Gates
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
            reason = f"{TITLES[name]} cannot be computed on the test part"
            yield Check(gate=name, bound=bound, outcome="failed", reason=reason)
            continue
        held = bound.holds(interval.value)
        yield Check(
            gate=name,
            measured=interval.value,
            interval=interval,
            bound=bound,
            outcome="passed" if held else "failed",
            reason=(
                f"{TITLES[name]} {interval.value:.4f}, {'' if held else 'not '}{described(bound)}"
            ),
        )


def described(bound: Bound) -> str:
    """Return a bound in words."""
    if bound.minimum is None and bound.maximum is None:
        return "-"
    if bound.minimum is None:
        return f"at most {bound.maximum:g}"
    if bound.maximum is None:
        return f"at least {bound.minimum:g}"
    return f"{bound.minimum:g} to {bound.maximum:g}"


def groups(evidence: Evidence) -> Iterator[Check]:
    """Yield whether each subgroup is ranked and calibrated well enough.

    A group fails where its 95 % interval lies wholly beyond the bound: of many small groups,
    chance alone would have some beyond it.
    """
    rows, gates = evidence.test.rows, evidence.problem.gates
    scored = Scored(
        evidence.test.records, rows.outcomes, evidence.candidate.probabilities, rows.groups
    )
    found, _ = subgroups(evidence.problem, scored, evidence.bootstrap)
    large = [group for group in found if group.metrics]
    if not large:
        for gate in ("subgroup_auroc", "subgroup_gap"):
            yield Check.skipped(gate, "no declared subgroup has enough test rows")
        return
    yield _lowest_auroc(large, gates.subgroup_auroc)
    yield _largest_gap(large, gates.subgroup_gap)


def _lowest_auroc(found: Sequence[Subgroup], floor: float) -> Check:
    lowest = min(found, key=lambda group: group.metrics["auroc"].high)
    interval = lowest.metrics["auroc"]
    below = [group for group in found if group.metrics["auroc"].high < floor]
    who = ", ".join(map(_name, below or [lowest]))
    return Check(
        gate="subgroup_auroc",
        measured=interval.value,
        interval=interval,
        bound=Bound(minimum=floor),
        outcome="failed" if below else "passed",
        reason=(
            f"the AUROC lies below {floor:g} beyond doubt for {who}"
            if below
            else f"no group's AUROC lies below {floor:g} beyond doubt; the lowest is {who}"
        ),
    )


def _largest_gap(found: Sequence[Subgroup], limit: float) -> Check:
    def sure(group: Subgroup) -> float:
        """Return how far a group's mean risk is from its outcome rate at the least."""
        gap = group.metrics["gap"]
        return max(gap.low, -gap.high)

    worst = max(found, key=sure)
    interval = worst.metrics["gap"]
    beyond = [group for group in found if sure(group) > limit]
    who = ", ".join(map(_name, beyond or [worst]))
    return Check(
        gate="subgroup_gap",
        measured=interval.value,
        interval=interval,
        bound=Bound(-limit, limit),
        outcome="failed" if beyond else "passed",
        reason=(
            f"mean risk and outcome rate are more than {limit:g} apart beyond doubt for {who}"
            if beyond
            else f"no group's mean risk and outcome rate are more than {limit:g} apart beyond "
            f"doubt; the furthest is {who}"
        ),
    )


def _name(group: Subgroup) -> str:
    return f"{group.column} {group.label.en} ({group.rows} rows)"
