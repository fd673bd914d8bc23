"""What operations count on is written down, and what is written down is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from api.challenge.metrics import ChallengeMetrics
from api.history.metrics import HistoryMetrics
from api.metrics import Metrics

ROOT = Path(__file__).parents[4]
EXPORTER = ROOT / "infra" / "exporter"
PAGE = (ROOT / "docs" / "observability.md").read_text()
QUERIES = (EXPORTER / "queries.yaml").read_text()
NAMED = set(re.findall(r"`((?:api|airflow|pg|mlflow|vigia)_[a-z_]+)`", PAGE))


def shown_by_the_exporter() -> set[str]:
    section = QUERIES.partition("\nmetrics:\n")[2].partition("\nqueries:\n")[0]
    blocks = re.split(r"\n(?=  [a-z])", section)
    counted = re.findall(r"^  <<: \*counted_\w+|type: counter", section, re.MULTILINE)
    names = {block.split(":")[0].strip() + ("_total" if _counts(block) else "") for block in blocks}
    assert counted
    return names


def _counts(block: str) -> bool:
    return "type: counter" in block or "*counted_by_database" in block


def shown_by_the_api() -> set[str]:
    metrics = Metrics()
    HistoryMetrics(metrics.registry)
    ChallengeMetrics(metrics.registry)
    collectors = metrics.registry._collector_to_names  # noqa: SLF001 - it has no public name
    own = [each for each in collectors if isinstance(each, MetricWrapperBase)]
    return {
        f"{each._name}{'_total' if each._type == 'counter' else ''}"  # noqa: SLF001 - the same
        for each in own
    }


def test_every_metric_is_named_in_the_guide_and_no_other() -> None:
    assert {name for name in NAMED if name.startswith("api_")} == shown_by_the_api()
    assert {name for name in NAMED if not name.startswith("api_")} == shown_by_the_exporter()


def test_every_metric_of_the_exporter_is_asked_for_once() -> None:
    queries = QUERIES.partition("\nqueries:\n")[2]
    for name in shown_by_the_exporter():
        plain = name.removesuffix("_total")
        assert len(re.findall(rf"AS {plain}\b|metrics: \[.*\b{plain}\b", queries)) >= 1, plain
        assert re.search(rf"AS {plain}\b", queries), plain


def test_the_exporter_reads_no_table_that_it_has_no_right_to() -> None:
    rights = "".join(path.read_text() for path in EXPORTER.glob("rights-*.sql"))
    granted = set(re.findall(r"\bON (\w+)(?=\s+TO exporter)", rights))
    catalogue = {"pg_database", "pg_stat_activity", "pg_stat_database", "pg_locks"}
    queries = re.sub(r"extract\(epoch FROM", "", QUERIES.partition("\nqueries:\n")[2])
    read = set(re.findall(r"\b(?:FROM|JOIN) (\w+)", queries))
    assert read == granted | catalogue | {"monitoring"}


def test_what_is_absent_has_a_reason() -> None:
    absent = json.loads((EXPORTER / "absent.json").read_text())
    for entry in absent:
        assert entry["metrics"]
        assert entry["where"] == "compose"
        assert len(entry["reason"]) > 20
        assert not NAMED.intersection(entry["metrics"])
