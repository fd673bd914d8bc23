"""What all dashboards share: variables, links to one another, time, and order."""

from __future__ import annotations

from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard as board
from grafana_foundation_sdk.models import dashboard as models

from infra.grafana.house import PROMETHEUS
from infra.grafana.panels import Panel

TAG = "vigia"
# The folder docs/runbooks as Grafana itself serves it in Compose; a house with a wiki changes it.
RUNBOOKS = "/public/runbooks"


class Row(NamedTuple):
    """A heading and its panels."""

    title: str
    panels: tuple[Panel, ...]


def dashboard(
    uid: str, title: str, about: str, rows: tuple[Row, ...], *, by_model: bool = False
) -> board.Dashboard:
    """Return a dashboard.

    Args:
        uid: by which others link to it.
        title: its name.
        about: what it is for.
        rows: its content; a row without a title has no heading.
        by_model: whether a reader chooses problems and versions.
    """
    made = (
        board.Dashboard(title)
        .uid(uid)
        .description(about)
        .tags([TAG])
        .readonly()
        .timezone("browser")
        .refresh("30s")
        .time("now-1h", "now")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(_others())
        .with_variable(_runbooks())
    )
    if by_model:
        made.with_variable(_choice("problem", "label_values(api_model_info, problem)"))
        made.with_variable(
            _choice("version", 'label_values(api_model_info{problem=~"$problem"}, version)')
        )
    number = 0
    for row in rows:
        if row.title:
            number += 1
            made.with_row(board.Row(row.title).id(number))
        for panel in row.panels:
            number += 1
            made.with_panel(panel.id(number))
    return made


def _others() -> board.DashboardLink:
    return (
        board.DashboardLink("Vigía")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(True)
        .keep_time(True)
    )


def _runbooks() -> board.ConstantVariable:
    return board.ConstantVariable("runbooks").label("Runbooks").value(RUNBOOKS)


def _choice(name: str, query: str) -> board.QueryVariable:
    return (
        board.QueryVariable(name)
        .label(name.capitalize())
        .datasource(PROMETHEUS)
        .query(query)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(models.VariableOption(selected=True, text="All", value="$__all"))
    )
