from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pyarrow as pa
import pytest

from ml.data import quality
from ml.errors import DataError, NotEnoughData
from ml.problems.problem import Rule
from tests import toy

CHANGED = Rule(
    name="raised-means-changed",
    columns=("a", "b"),
    values=frozenset({"up"}),
    then_column="changed",
    then_values=frozenset({"yes"}),
)


def violations(rule: Rule, rows: Sequence[tuple[str | None, ...]]) -> int:
    """How many of the rows (a, b, changed) break the rule, by the report."""
    names = [*toy.problem.names, "a", "b", "changed"]
    columns = {name: pa.nulls(len(rows), pa.string()) for name in toy.problem.names}
    values = dict(zip(("a", "b", "changed"), zip(*rows, strict=True), strict=True))
    table = pa.table(columns | {name: pa.array(v, pa.string()) for name, v in values.items()})
    problem = msgspec.structs.replace(toy.problem, rules=(rule,))
    assert table.column_names == names
    found = quality.report(problem, {"all": table}, len(rows), 0)
    return int(found["rule_violations"][rule.name])


def test_a_rule_is_broken_where_its_premise_holds_and_nothing_follows() -> None:
    assert violations(CHANGED, [("up", "no", "no"), ("no", "up", "no"), ("up", "up", "no")]) == 3
    assert violations(CHANGED, [("up", "no", "yes"), ("no", "no", "yes"), ("no", "no", "no")]) == 0


def test_a_rule_both_ways_is_also_broken_where_only_the_consequence_holds() -> None:
    both = msgspec.structs.replace(CHANGED, both_ways=True)
    rows = [("no", "no", "yes"), ("up", "no", "no"), ("up", "no", "yes"), ("no", "no", "no")]
    assert violations(both, rows) == 2


def test_a_row_with_a_gap_is_not_judged() -> None:
    both = msgspec.structs.replace(CHANGED, both_ways=True)
    assert violations(both, [("up", None, "no"), ("up", "no", None), (None, None, "yes")]) == 0


def test_the_report_counts_and_never_quotes() -> None:
    rows = toy.generate(1000, 1)
    parts = {"train": rows.slice(0, 700), "test": rows.slice(700)}
    found = quality.report(toy.problem, parts, 1010, 10)
    assert found["rows"] == {"train": 700, "test": 300}
    assert found["rows_rejected"] == 10
    assert found["rejected_share"] == 10 / 1010
    assert found["missing_share"].keys() == set(toy.problem.names)
    assert found["missing_share"]["weight-kg"] == rows["weight-kg"].null_count / 1000
    assert found["out_of_scope"] == 0
    assert msgspec.json.decode(msgspec.json.encode(found)) == found


def test_rows_out_of_scope_are_found_and_gaps_are_not_among_them() -> None:
    rows = pa.table({"colour": ["None", "red", None]})
    assert quality.out_of_scope(toy.problem, rows).to_pylist() == [True, False, False]
    assert quality.out_of_scope(toy.problem, rows.slice(0, 0)).to_pylist() == []


@pytest.mark.parametrize(("rejected", "stopped"), [(0, False), (50, False), (51, True)])
def test_too_many_rejected_rows_stop_a_build(rejected: int, *, stopped: bool) -> None:
    findings = quality.report(toy.problem, {"train": toy.generate(10, 1)}, 1000, rejected)
    if not stopped:
        quality.enforce(toy.problem, findings)
        return
    with pytest.raises(DataError, match=r"toy: 5\.1% of the rows .* more than the 5%"):
        quality.enforce(toy.problem, findings)


def test_an_empty_part_stops_a_build_and_is_named() -> None:
    rows = toy.generate(10, 1)
    findings = quality.report(toy.problem, {"train": rows, "test": rows.slice(0, 0)}, 10, 0)
    with pytest.raises(NotEnoughData, match=r"no raw row in test; ingest more .* ingest_toy"):
        quality.enforce(toy.problem, findings)
