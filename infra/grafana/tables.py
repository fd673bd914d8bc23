"""Tables that more than one dashboard shows."""

from __future__ import annotations

from infra.grafana.house import AGE, Query
from infra.grafana.panels import Panel, listing


def models_in_service(which: str) -> Panel:
    """Return what answers now, of the models that the labels `which` choose."""
    return listing(
        "Models in service",
        AGE,
        Query(
            "(time() - max by (problem, alias) (api_model_loaded_timestamp_seconds))"
            " * on (problem, alias) group_right"
            f" max by (problem, alias, version, data) (api_model_info{{{which}}} == 1)",
            "in service for",
        ),
        about="What answers now, learned from real or synthetic data.",
        columns={
            "problem": "problem",
            "alias": "alias",
            "version": "version",
            "data": "learned from",
        },
        alerts=("NoModelServed", "ModelSwapFailed"),
    )
