"""The style of all dashboards: one colour for one meaning, one unit for one kind of figure."""

from __future__ import annotations

from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard as board
from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

GOOD, DOUBTFUL, BAD, PLAIN = "green", "yellow", "red", "blue"
SECONDS, SHARE, COUNT, BYTES = units.Seconds, units.PercentUnit, units.Short, units.BytesIEC
PER_SECOND, EVENTS, BYTE_RATE = units.RequestsPerSecond, units.OpsPerSecond, units.BytesPerSecondIEC
AGE, NUMBER = units.DurationSeconds, units.NoUnit
PROMETHEUS = models.DataSourceRef(type_val="prometheus", uid="prometheus")
LOKI = models.DataSourceRef(type_val="loki", uid="loki")

# The scrape interval times four, so that a rate never looks at less than two scrapes.
RATE = "$__rate_interval"


class Query(NamedTuple):
    """One expression of PromQL, and what its lines are called."""

    expr: str
    legend: str = ""

    def over_time(self, number: int) -> prometheus.Dataquery:
        """Return the query of a graph."""
        return self._base(number).range()

    def now(self, number: int, shape: PromQueryFormat) -> prometheus.Dataquery:
        """Return the query of a figure or a table."""
        return self._base(number).instant().format(shape)

    def _base(self, number: int) -> prometheus.Dataquery:
        made = prometheus.Dataquery().expr(self.expr).ref_id("ABCDEFGHIJ"[number])
        return made.datasource(PROMETHEUS).legend_format(self.legend)


class Limits(NamedTuple):
    """From which values on a figure is doubtful, and bad; `falling` turns it round."""

    doubtful: float
    bad: float
    falling: bool = False

    def steps(self) -> board.ThresholdsConfig:
        """Return the colours for Grafana, lowest first."""
        colours = (BAD, DOUBTFUL, GOOD) if self.falling else (GOOD, DOUBTFUL, BAD)
        bounds = (None, *sorted((self.doubtful, self.bad)))
        steps = [
            models.Threshold(value, colour) for value, colour in zip(bounds, colours, strict=True)
        ]
        return board.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def plain() -> board.ThresholdsConfig:
    """Return the thresholds of a figure that is neither good nor bad."""
    steps = [models.Threshold(None, PLAIN)]
    return board.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def runbooks(alerts: tuple[str, ...]) -> list[Builder[models.DashboardLink]]:
    """Return a panel's links to the runbooks of the alerts that watch what it shows."""
    return [
        board.DashboardLink(f"Runbook: {alert}")
        .type(models.DashboardLinkType.LINK)
        .url(f"$runbooks/{alert}.md")
        .target_blank(True)
        for alert in alerts
    ]
