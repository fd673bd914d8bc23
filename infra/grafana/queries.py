"""The dashboards' queries as Prometheus takes them: Grafana's own variables filled in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "dashboards"
# All problems and versions; four scrapes.
_FILLED = {"$problem": ".*", "$version": ".*", "$__rate_interval": "1m"}


class Asked(NamedTuple):
    """One query of one panel."""

    dashboard: str
    panel: dict[str, Any]
    expr: str
    legend: str

    @property
    def title(self) -> str:
        """The dashboard's and the panel's name."""
        return f"{self.dashboard}: {self.panel['title']}"


def queries() -> Iterator[Asked]:
    """Return every query that Prometheus answers, in the order of the dashboards."""
    for path in sorted(FOLDER.glob("*.json")):
        dashboard = json.loads(path.read_text(encoding="utf-8"))
        for panel in dashboard["panels"]:
            if panel.get("datasource", {}).get("uid") != "prometheus":
                continue
            for target in panel["targets"]:
                yield Asked(
                    dashboard["uid"], panel, filled(target["expr"]), target.get("legendFormat", "")
                )


def filled(expr: str) -> str:
    """Return an expression with Grafana's variables filled in."""
    for name, value in _FILLED.items():
        expr = expr.replace(name, value)
    return expr
