"""The quality report: what a clean build finds in the raw rows, and what stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ml.errors import DataError, NotEnoughData

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml.problems.problem import Problem, Rule

# Column-wise masks are pyarrow arrays; its stubs do not cover the kernels used on them.
Mask = Any


def report(
    problem: Problem, parts: Mapping[str, pa.Table], read: int, rejected: int
) -> dict[str, Any]:
    """Return the findings as JSON types: counts and shares, never a patient's values.

    Args:
        problem: declares rules and scope.
        parts: the stored raw rows by part.
        read: rows that the batches read.
        rejected: rows that they rejected.
    """
    rows = pa.concat_tables(parts.values())
    return {
        "rows": {part: table.num_rows for part, table in parts.items()},
        "rows_rejected": rejected,
        "rejected_share": rejected / read if read else 0.0,
        "missing_share": {
            name: rows[name].null_count / max(rows.num_rows, 1) for name in problem.names
        },
        "rule_violations": {rule.name: _violations(rule, rows) for rule in problem.rules},
        "out_of_scope": _count(out_of_scope(problem, rows)),
    }


def enforce(problem: Problem, findings: Mapping[str, Any]) -> None:
    """Stop a build on data that nobody should learn from.

    Raises:
        NotEnoughData: a part has no row.
        DataError: more rows were rejected than the problem allows.
    """
    empty = [part for part, rows in findings["rows"].items() if rows == 0]
    if empty:
        raise NotEnoughData(
            f"{problem.name}: there is no raw row in {', '.join(empty)}; "
            f"ingest more data with the DAG ingest_{problem.name}"
        )
    share, limit = findings["rejected_share"], problem.limits.rejected_share
    if share > limit:
        raise DataError(
            f"{problem.name}: {share:.1%} of the rows that were read are in raw_rejected, more "
            f"than the {limit:.0%} that the problem allows; look at the reasons there, then mend "
            f"the source or the contract and ingest again"
        )


def out_of_scope(problem: Problem, rows: pa.Table) -> Mask:
    """Return for each row whether a model neither learns from it nor is meant for it."""
    outside: Mask = pa.repeat(pa.scalar(value=False), rows.num_rows)
    for scope in problem.out_of_scope:
        outside = pc.or_(outside, _holds(rows, scope.column, scope.values))
    return outside


def _violations(rule: Rule, rows: pa.Table) -> int:
    """Return how many rows break a rule; rows where a column is missing are not judged."""
    premise: Mask = pa.repeat(pa.scalar(value=False), rows.num_rows)
    judged = pc.is_valid(rows[rule.then_column])
    for column in rule.columns:
        premise = pc.or_(premise, _holds(rows, column, rule.values))
        judged = pc.and_(judged, pc.is_valid(rows[column]))
    follows = _holds(rows, rule.then_column, rule.then_values)
    broken = pc.and_not(premise, follows)
    if rule.both_ways:
        broken = pc.or_(broken, pc.and_not(follows, premise))
    return _count(pc.and_(broken, judged))


def _holds(rows: pa.Table, column: str, values: frozenset[str]) -> Mask:
    return pc.is_in(rows[column], value_set=pa.array(sorted(values)))


def _count(mask: Mask) -> int:
    return pc.sum(mask).as_py() or 0
