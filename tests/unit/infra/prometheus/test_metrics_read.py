"""Dashboards and alerts read what docs/observability.md promises, and nothing else."""

from __future__ import annotations

import re

import pytest
import yaml

from infra.embedded.settings import REPOSITORY
from infra.grafana.queries import queries
from tests.e2e.promql import metrics_of

# Shown by the parts themselves, or by exporters of Compose.
OTHERS = re.compile(
    r"up|ALERTS(_FOR_STATE)?|vigia:\w+(:\w+)?|process_\w+|locust_\w+|mlflow_http_\w+"
    r"|node_\w+|container_\w+|minio_\w+|probe_\w+"
)


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ('sum by (le) (rate(a_bucket{le="0.5",b="c"}[5m])) or vector(0)', {"a_bucket"}),
        ("x unless x offset 15m > 0", {"x"}),
        ("time() - a:b:c > 4 * 3600 and on (dag_id) p == 0", {"a:b:c", "p"}),
        ("histogram_quantile(0.95, sum by (a, le) (x))", {"x"}),
    ],
)
def test_the_names_in_an_expression_are_found(expr: str, names: set[str]) -> None:
    assert metrics_of(expr) == names


def test_nothing_is_read_that_nobody_promised() -> None:
    promised = set(
        re.findall(r"`([a-z_]+)[`{]", (REPOSITORY / "docs/observability.md").read_text())
    )
    files = (REPOSITORY / "infra" / "prometheus" / "rules").glob("*.yml")
    rules = [
        rule
        for file in files
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
    ]
    read = [(asked.title, asked.expr) for asked in queries()]
    read += [(rule.get("alert", "record"), rule["expr"]) for rule in rules]
    unknown = {
        (where, metric)
        for where, expr in read
        for metric in metrics_of(expr)
        if re.sub(r"_(bucket|count|sum)$", "", metric) not in promised
        and metric not in promised
        and not OTHERS.fullmatch(metric)
    }

    assert not unknown
