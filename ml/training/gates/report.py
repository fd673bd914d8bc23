"""A verdict's gates as a table in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.problems.text import Text
from ml.training.card_tables import DASH, table
from ml.training.gates.performance import described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml.bundle.check import Check

_HEAD = (
    Text("gate", "control"),
    Text("measured", "medido"),
    Text("allowed", "permitido"),
    Text("verdict", "veredicto"),
    Text("reason", "motivo"),
)
_SIGNS = {
    "passed": Text("passed", "superado"),
    "failed": Text("**failed**", "**no superado**"),
    "not binding": Text("not binding", "no vinculante"),
    "not applicable": Text("not applicable", "no procede"),
}


def gate_table(checks: Sequence[Check]) -> Text:
    """Return one line for each gate: measured value, bound, verdict and reason.

    A gate has one name, by which the guide finds it.
    """
    rows = [
        [
            Text.same(check.gate.replace("_", " ")),
            _measured(check),
            described(check.bound),
            _SIGNS[check.outcome],
            check.reason,
        ]
        for check in checks
    ]
    return table(_HEAD, rows, texts=(0, 2, 3, 4))


def _measured(check: Check) -> Text:
    if check.measured is None:
        return DASH
    value = Text.of("{value:.4g}", "{value:.4g}", value=check.measured)
    if check.interval is None:
        return value
    return Text.of(
        "{value} [{low:.4g}, {high:.4g}]",
        "{value} [{low:.4g}; {high:.4g}]",
        value=value,
        low=check.interval.low,
        high=check.interval.high,
    )
