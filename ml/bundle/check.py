"""What one gate says of a candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self, TypeAlias

import msgspec

from ml.bundle.evaluation import Interval
from ml.problems.gates import Bound
from ml.problems.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

Outcome: TypeAlias = Literal["passed", "failed", "not binding", "not applicable"]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One gate's verdict.

    Args:
        gate: the gate's name.
        measured: what was measured; `None` where there is nothing to measure.
        interval: its 95 % interval, where it is an estimate.
        bound: the range that it must lie in.
        outcome: `failed` stops a promotion, the others do not. `not binding` has failed, but
            says nothing about patients, as the data are synthetic.
        reason: one sentence for a person.
    """

    gate: str
    measured: float | None = None
    interval: Interval | None = None
    bound: Bound = Bound()
    outcome: Outcome
    reason: Text

    @classmethod
    def of(cls, gate: str, measured: float, bound: Bound, reason: Text) -> Self:
        """Return the verdict on a value that must lie in a range."""
        outcome: Outcome = "passed" if bound.holds(measured) else "failed"
        return cls(gate=gate, measured=measured, bound=bound, outcome=outcome, reason=reason)

    @classmethod
    def skipped(cls, gate: str, why: Text) -> Self:
        """Return what a gate says where it does not apply."""
        return cls(gate=gate, outcome="not applicable", reason=why)


def released(checks: Iterable[Check]) -> list[Check]:
    """Return the checks with those that failed as `not binding`."""
    return [
        msgspec.structs.replace(check, outcome="not binding")
        if check.outcome == "failed"
        else check
        for check in checks
    ]
