"""Draw every panel from what a Prometheus holds, to look at them where there is no Grafana.

    python -m infra.grafana.pictures --prometheus http://127.0.0.1:9090 --folder /tmp/panels

A picture for each dashboard. What Grafana does to a table is left out: it is shown as it comes.
"""

from __future__ import annotations

import argparse
import math
import re
import time
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from infra.grafana.queries import Asked, queries

_ACROSS = 3
_MOST_LINES = 14
_POINTS = 120
_OVER_TIME = frozenset({"timeseries", "stat", "heatmap", "state-timeline"})
Series = dict[str, Any]


class Prometheus:
    """Asks a Prometheus about the last minutes.

    Args:
        url: its address.
        minutes: how far back.
    """

    def __init__(self, url: str, minutes: float) -> None:
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self._seconds = minutes * 60

    def now(self, expr: str) -> list[Series]:
        """Return what an expression gives now, each series with its `value`."""
        return self._ask("query", {"query": expr})

    def over_time(self, expr: str) -> list[Series]:
        """Return what an expression gave, each series with its `values`."""
        now = time.time()
        step = max(self._seconds / _POINTS, 5)
        span = {"start": str(now - self._seconds), "end": str(now), "step": str(step)}
        return self._ask("query_range", {"query": expr, **span})

    def _ask(self, what: str, form: dict[str, str]) -> list[Series]:
        answer = self._http.post(f"/api/v1/{what}", data=form).json()
        if answer["status"] != "success":
            raise RuntimeError(f"{answer['error']}: {form['query']}")
        found: list[Series] = answer["data"]["result"]
        return found


def draw(prometheus: Prometheus, folder: Path) -> None:
    """Write one picture for each dashboard."""
    folder.mkdir(parents=True, exist_ok=True)
    for dashboard, of_board in groupby(queries(), lambda asked: asked.dashboard):
        panels = [list(of) for _, of in groupby(of_board, lambda asked: asked.panel["id"])]
        down = math.ceil(len(panels) / _ACROSS)
        figure = Figure(figsize=(_ACROSS * 8, down * 4), layout="tight")
        for place, panel in enumerate(panels, start=1):
            _panel(figure.add_subplot(down, _ACROSS, place), panel, prometheus)
        figure.savefig(folder / f"{dashboard}.png", dpi=60)


def _panel(axis: Axes, asked: list[Asked], prometheus: Prometheus) -> None:
    panel = asked[0].panel
    unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit", "")
    axis.set_title(f"{panel['title']} [{unit}]", fontsize=11)
    if panel["type"] in _OVER_TIME:
        shown = sum(_lines(axis, one, prometheus.over_time(one.expr)) for one in asked)
        axis.tick_params(labelsize=8)
        if 0 < shown <= _MOST_LINES:
            axis.legend(fontsize=7, loc="upper left")
    else:
        rows = [_row(one, series) for one in asked for series in prometheus.now(one.expr)]
        shown = len(rows)
        axis.axis("off")
        text = "\n".join(rows[:_MOST_LINES])
        axis.text(0, 1, text, family="monospace", fontsize=8, va="top", transform=axis.transAxes)
    if not shown:
        axis.text(0.5, 0.5, "no data", ha="center", transform=axis.transAxes)


def _lines(axis: Axes, asked: Asked, found: list[Series]) -> int:
    for series in found:
        times = np.array([float(at) for at, _ in series["values"]]).astype("datetime64[s]")
        values = [float(value) for _, value in series["values"]]
        axis.plot(
            times,
            values,
            linewidth=1,
            marker=".",
            markersize=2,
            label=_name(asked, series),
        )
    return len(found)


def _row(asked: Asked, series: Series) -> str:
    shown = {k: v for k, v in series["metric"].items() if k not in {"__name__", "job", "instance"}}
    column = "" if "{" in asked.legend else asked.legend
    return f"{float(series['value'][1]):>14.4g}  {column}  {' '.join(shown.values())}"


def _name(asked: Asked, series: Series) -> str:
    labels = series["metric"]
    return re.sub(r"{{(\w+)}}", lambda name: labels.get(name[1], ""), asked.legend) or "value"


def main() -> None:
    """Draw what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prometheus", default="http://127.0.0.1:9090")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30)
    chosen = parser.parse_args()
    draw(Prometheus(chosen.prometheus, chosen.minutes), chosen.folder)


if __name__ == "__main__":
    main()
