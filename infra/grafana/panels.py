"""The kinds of panels that the dashboards are made of."""

from __future__ import annotations

from typing import TypeAlias

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    heatmap,
    logs,
    loki,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from infra.grafana.house import LOKI, PROMETHEUS, Limits, Query, plain, runbooks

Panel: TypeAlias = (
    bargauge.Panel
    | heatmap.Panel
    | logs.Panel
    | stat.Panel
    | statetimeline.Panel
    | table.Panel
    | timeseries.Panel
)


def figure(
    title: str,
    unit: str,
    query: Query,
    limits: Limits | None = None,
    *,
    about: str,
    alerts: tuple[str, ...] = (),
    width: int = 3,
    decimals: int | None = None,
) -> Panel:
    """Return one large number, coloured by its limits, with its course behind it.

    Args:
        title: at its head.
        unit: of the value.
        query: of PromQL; one line.
        limits: from where on it is doubtful, and bad.
        about: what it says, for the panel's help.
        alerts: those that watch it.
        width: of 24 columns.
        decimals: how many are shown.
    """
    panel = (
        stat.Panel()
        .title(title)
        .description(about)
        .datasource(PROMETHEUS)
        .unit(unit)
        .thresholds(limits.steps() if limits else plain())
        .color_mode(
            looks.BigValueColorMode.BACKGROUND_SOLID if limits else looks.BigValueColorMode.VALUE
        )
        .graph_mode(looks.BigValueGraphMode.AREA)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .links(runbooks(alerts))
        .with_target(query.over_time(0))
        .span(width)
        .height(4)
    )
    return panel if decimals is None else panel.decimals(decimals)


def graph(
    title: str,
    unit: str,
    *queries: Query,
    about: str,
    limits: Limits | None = None,
    alerts: tuple[str, ...] = (),
    width: int = 8,
    stacked: bool = False,
    logarithmic: bool = False,
) -> Panel:
    """Return lines over time, with the limits as lines of their own.

    Args:
        title: at its head.
        unit: of the values.
        queries: of PromQL.
        about: what it says, for the panel's help.
        limits: drawn as lines.
        alerts: those that watch it.
        width: of 24 columns.
        stacked: whether the lines add up.
        logarithmic: whether the axis is.
    """
    panel = (
        timeseries.Panel()
        .title(title)
        .description(about)
        .datasource(PROMETHEUS)
        .unit(unit)
        .thresholds(limits.steps() if limits else plain())
        .fill_opacity(35 if stacked else 8)
        .line_width(1)
        .show_points(looks.VisibilityMode.NEVER)
        .legend(_legend())
        .tooltip(common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI))
        .links(runbooks(alerts))
        .span(width)
        .height(8)
    )
    if limits:
        style = common.GraphThresholdsStyleConfig().mode(looks.GraphThresholdsStyleMode.DASHED)
        panel.thresholds_style(style)
    if stacked:
        panel.stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL))
    if logarithmic:
        scale = common.ScaleDistributionConfig().type(looks.ScaleDistribution.LOG).log(10)
        panel.scale_distribution(scale)
    else:
        panel.axis_soft_min(0)
    for number, query in enumerate(queries):
        panel.with_target(query.over_time(number))
    return panel


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .display_mode(looks.LegendDisplayMode.TABLE)
        .placement(looks.LegendPlacement.RIGHT)
        .show_legend(True)
        .calcs(["lastNotNull", "max"])
    )


def listing(
    title: str,
    unit: str,
    *queries: Query,
    about: str,
    columns: dict[str, str],
    alerts: tuple[str, ...] = (),
    width: int = 8,
) -> Panel:
    """Return a table of what holds now: a row for each line, a column for each query.

    Args:
        title: at its head.
        unit: of the values.
        queries: of PromQL; their legends name the value columns.
        about: what it says, for the panel's help.
        columns: the labels that are shown, in order, by what they are called.
        alerts: those that watch it.
        width: of 24 columns.
    """
    panel = (
        table.Panel()
        .align(looks.FieldTextAlignment.AUTO)
        .title(title)
        .description(about)
        .datasource(PROMETHEUS)
        .unit(unit)
        .thresholds(plain())
        .links(runbooks(alerts))
        .span(width)
        .height(8)
    )
    for number, query in enumerate(queries):
        panel.with_target(query.now(number, PromQueryFormat.TABLE))
    return panel.transformations(_as_rows(queries, columns))


def _as_rows(
    queries: tuple[Query, ...], columns: dict[str, str]
) -> list[models.DataTransformerConfig]:
    """Return how the answers become rows: joined by their labels, named, in order."""
    letters = "ABCDEFGHIJ"
    values = {
        ("Value" if len(queries) == 1 else f"Value #{letters[number]}"): query.legend
        for number, query in enumerate(queries)
    }
    names = columns | values
    order = {name: place for place, name in enumerate(names)}
    return [
        models.DataTransformerConfig(id_val="merge", options={}),
        models.DataTransformerConfig(
            id_val="filterFieldsByName", options={"include": {"names": list(names)}}
        ),
        models.DataTransformerConfig(
            id_val="organize", options={"indexByName": order, "renameByName": names}
        ),
    ]


def bars(
    title: str,
    unit: str,
    query: Query,
    *,
    about: str,
    limits: Limits | None = None,
    alerts: tuple[str, ...] = (),
    width: int = 8,
) -> Panel:
    """Return horizontal bars of what holds now, one for each line of the query."""
    return (
        bargauge.Panel()
        .title(title)
        .description(about)
        .datasource(PROMETHEUS)
        .unit(unit)
        .min(0)
        .thresholds(limits.steps() if limits else plain())
        .orientation(looks.VizOrientation.HORIZONTAL)
        .display_mode(looks.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .links(runbooks(alerts))
        .with_target(query.now(0, PromQueryFormat.TIME_SERIES))
        .span(width)
        .height(8)
    )


def density(title: str, unit: str, query: Query, *, about: str, width: int = 8) -> Panel:
    """Return a histogram over time; the query keeps the label `le`."""
    return (
        heatmap.Panel()
        .title(title)
        .description(about)
        .datasource(PROMETHEUS)
        .y_axis(heatmap.YAxisConfig().unit(unit))
        .with_target(query.over_time(0).format(PromQueryFormat.HEATMAP))
        .span(width)
        .height(8)
    )


def states(
    title: str,
    query: Query,
    names: dict[str, tuple[str, str]],
    *,
    about: str,
    width: int = 8,
    alerts: tuple[str, ...] = (),
) -> Panel:
    """Return bands of states over time; `names` has a word and a colour for each value."""
    options = {
        value: models.ValueMappingResult(text=word, color=colour)
        for value, (word, colour) in names.items()
    }
    return (
        statetimeline.Panel()
        .line_width(0)
        .fill_opacity(70)
        .title(title)
        .description(about)
        .datasource(PROMETHEUS)
        .thresholds(plain())
        .mappings([models.ValueMap(options=options)])
        .show_value(looks.VisibilityMode.NEVER)
        .links(runbooks(alerts))
        .with_target(query.over_time(0))
        .span(width)
        .height(8)
    )


def lines(title: str, expr: str, *, about: str, width: int = 24) -> Panel:
    """Return lines of the central log, newest first."""
    query = loki.Dataquery().expr(expr).ref_id("A").datasource(LOKI)
    return (
        logs.Panel()
        .title(title)
        .description(about)
        .datasource(LOKI)
        .with_target(query)
        .span(width)
        .height(8)
    )
