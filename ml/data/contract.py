"""Check a batch against the problem's contract, once for each distinct value of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.data.delivery import MALFORMED, ROW_NUMBER
from ml.problems.contract import Column, Identifier, Input, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ml.problems.problem import Problem

ROW_TEXT, REASON = "row_text", "reason"
_MISSING = "must not be missing (required)"
_KEY_RULES = (
    (r"^\s*$", _MISSING),
    (r"(?s)^.{201}", "must have at most 200 characters (length)"),
    (r"[\x00-\x1f\x7f]", "must hold no control character (characters)"),
)


class Checked(NamedTuple):
    """A batch after the check.

    Args:
        accepted: `row_number` and the contract's columns, texts as they came.
        rejected: `row_number`, `row_text` (the row as JSON, or as it came where it is
            malformed) and `reason` (each broken rule as `column: message (rule)`).
    """

    accepted: pa.Table
    rejected: pa.Table


def check(problem: Problem, table: pa.Table) -> Checked:
    """Part the rows that keep the contract from those that break it.

    Args:
        problem: whose contract it is.
        table: the contract's columns as texts, dictionary-encoded or not, `row_number`, and
            maybe `malformed_row`.
    """
    wellformed, malformed = _parted(table)
    reasons: dict[int, list[str]] = {}
    for column in problem.columns:
        values = wellformed[column.name].combine_chunks()
        for row, reason in _faults(problem, column, values):
            reasons.setdefault(row, []).append(f"{column.name}: {reason}")
    if not reasons:
        return Checked(wellformed, malformed)
    rows = sorted(reasons)
    kept = np.ones(wellformed.num_rows, dtype=bool)
    kept[rows] = False
    broken = refused(problem, wellformed.take(rows), ["; ".join(reasons[row]) for row in rows])
    rejected = pa.concat_tables([malformed, broken]).sort_by(ROW_NUMBER)
    return Checked(wellformed.filter(pa.array(kept)), rejected)


def _parted(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the rows with the right number of fields, and the others as rejected rows."""
    if MALFORMED not in table.column_names:
        return table, _rejected([], [], [])
    bad = table.filter(pc.is_valid(table[MALFORMED]))
    good = table.filter(pc.is_null(table[MALFORMED])) if bad.num_rows else table
    reasons = ["the row has more or fewer fields than the header (fields)"] * bad.num_rows
    rejected = _rejected(bad[ROW_NUMBER].to_pylist(), bad[MALFORMED].to_pylist(), reasons)
    return good.drop([MALFORMED]), rejected


def _faults(
    problem: Problem, column: Column, values: pa.Array[pa.StringScalar]
) -> Iterator[tuple[int, str]]:
    """Yield the index and the reason of every value that breaks the contract."""
    if isinstance(column, Identifier):
        yield from _identifier_faults(values)
        return
    if column.required or column.name == problem.target.column:
        yield from _each(pc.is_null(values), _MISSING)
    encoded = values.dictionary_encode()
    bad: dict[int, str] = {}
    for code, value in enumerate(cast("list[str]", encoded.dictionary.to_pylist())):
        if reason := _refusal(problem, column, value):
            bad[code] = reason
    if bad:
        codes = encoded.indices.fill_null(-1).to_numpy()
        rows = np.flatnonzero(np.isin(codes, list(bad)))
        yield from ((int(row), bad[int(codes[row])]) for row in rows)


def _refusal(problem: Problem, column: Input, value: str) -> str | None:
    """Return why a column refuses a value, or `None` where it does not."""
    if "\0" in value:
        return "must hold no NUL character (characters)"
    if value.strip() in problem.source.missing | {""}:
        return _MISSING if column.required or column.name == problem.target.column else None
    try:
        column.read(value)
    except Refused as broken:
        return f"{broken} ({broken.rule})"
    outcomes = frozenset().union(*problem.target.classes.values())
    if column.name == problem.target.column and value.strip() not in outcomes:
        return f"must be one of {', '.join(sorted(outcomes))} (target)"
    return None


def _identifier_faults(values: pa.Array[pa.StringScalar]) -> Iterator[tuple[int, str]]:
    """Yield the faults of a key: each rule once over the whole column."""
    yield from _each(pc.is_null(values), _MISSING)
    for pattern, reason in _KEY_RULES:
        yield from _each(pc.match_substring_regex(values, pattern), reason)


def _each(mask: pa.BooleanArray, reason: str) -> Iterator[tuple[int, str]]:
    rows = cast("list[int]", pc.indices_nonzero(mask).to_pylist())
    return ((row, reason) for row in rows)


def refused(problem: Problem, table: pa.Table, reasons: Sequence[str]) -> pa.Table:
    """Return rows as rejected rows, each as JSON text beside its reason."""
    rows = table.select(list(problem.names)).to_pylist()
    texts = [msgspec.json.encode(row).decode() for row in rows]
    return _rejected(table[ROW_NUMBER].to_pylist(), texts, reasons)


def _rejected(
    numbers: Sequence[int | None], texts: Sequence[str | None], reasons: Sequence[str]
) -> pa.Table:
    return pa.table(
        {
            ROW_NUMBER: pa.array(numbers, pa.int64()),
            ROW_TEXT: pa.array(texts, pa.string()),
            REASON: pa.array(reasons, pa.string()),
        }
    )
