"""A verdict's gates as a table in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.training.card_tables import table
from ml.training.gates.performance import described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml.bundle.check import Check

_SIGNS = {"passed": "passed", "failed": "**failed**"}


def gate_table(checks: Sequence[Check]) -> str:
    """Return one line for each gate: measured value, bound, verdict and reason."""
    rows = [
        [
            check.gate.replace("_", " "),
            _measured(check),
            described(check.bound),
            _SIGNS.get(check.outcome, check.outcome),
            check.reason,
        ]
        for check in checks
    ]
    return table(["gate", "measured", "allowed", "verdict", "reason"], rows, texts=(0, 2, 3, 4))


def _measured(check: Check) -> str:
    if check.measured is None:
        return "-"
    value = f"{check.measured:.4g}"
    if check.interval is None:
        return value
    return f"{value} [{check.interval.low:.4g}, {check.interval.high:.4g}]"
