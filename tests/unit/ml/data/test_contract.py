from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.data.contract import check
from ml.data.delivery import MALFORMED
from ml.problems.contract import Identifier, Refused
from tests.toy import problem

GOOD = {
    "visit": "s1",
    "person": "p1",
    "age": "60",
    "weight-kg": "70.5",
    "days": "3",
    "colour": "red",
    "reason": "250.1",
    "returned": "no",
}
VALUES = ["", " ", "0", "1", "1.5", "-3", "60", "121", "1e2", "abc", "red", "None", "unclear", "no"]
VALUES += [
    "later",
    "maybe",
    "V58",
    "250.83",
    "250.831",
    "NaN",
    " red ",
    "a\0b",
    "\0",
    "x" * 201,
    "ñ",
]


def rows(*changes: dict[str, str | None]) -> pa.Table:
    table = pa.Table.from_pylist([GOOD | change for change in changes], _SCHEMA)
    return table.append_column("row_number", pa.array(range(1, len(changes) + 1), pa.int64()))


_SCHEMA = pa.schema([(name, pa.string()) for name in problem.names])


def is_broken(name: str, value: str | None) -> bool:
    """Tell by the scalar `read`, value by value, whether a row must be rejected."""
    column = next(column for column in problem.columns if column.name == name)
    if isinstance(column, Identifier):
        return not (value or "").strip() or len(value or "") > 200 or "\0" in (value or "")
    if value is None or value.strip() in problem.source.missing | {""}:
        return column.required or name == problem.target.column
    try:
        column.read(value)
    except Refused:
        return True
    return "\0" in value


row = st.fixed_dictionaries(
    {}, optional={name: st.none() | st.sampled_from(VALUES) for name in problem.names}
)


@given(st.lists(row, max_size=40))
def test_a_batch_is_checked_as_row_by_row(changes: list[dict[str, str | None]]) -> None:
    table = rows(*changes)
    checked = check(problem, table)
    broken = {
        number: {name for name in problem.names if is_broken(name, (GOOD | change)[name])}
        for number, change in enumerate(changes, 1)
    }
    expected = [number for number, names in broken.items() if not names]
    assert checked.accepted["row_number"].to_pylist() == expected
    assert checked.accepted.select(problem.names).equals(
        table.select(problem.names).take(pa.array([each - 1 for each in expected], pa.int64()))
    )
    for rejected in checked.rejected.to_pylist():
        names = broken.pop(rejected["row_number"])
        assert {reason.partition(": ")[0] for reason in rejected["reason"].split("; ")} == names
        assert json.loads(rejected["row_text"]) == GOOD | changes[rejected["row_number"] - 1]
    assert not any(broken.values())


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("visit", None, "required"),
        ("person", "  ", "required"),
        ("visit", "x" * 201, "length"),
        ("person", "p\n1", "characters"),
        ("age", None, "required"),
        ("age", "121", "maximum"),
        ("days", "0", "minimum"),
        ("days", "1.5", "type"),
        ("colour", "purple", "enum"),
        ("reason", "sick", "pattern"),
        ("reason", "25\0", "characters"),
        ("returned", None, "required"),
        ("returned", "maybe", "enum"),
    ],
)
def test_the_reason_names_column_and_rule(column: str, value: str | None, rule: str) -> None:
    checked = check(problem, rows({}, {column: value}, {}))
    assert checked.accepted["row_number"].to_pylist() == [1, 3]
    reason = str(checked.rejected["reason"][0])
    assert reason.startswith(f"{column}: ")
    assert reason.endswith(f"({rule})")
    assert value is None or not value.strip() or value not in reason


def test_missing_inputs_and_unknown_values_are_accepted_as_they_came() -> None:
    table = rows({"days": None, "colour": "unclear"}, {"colour": "None", "reason": None})
    checked = check(problem, table)
    assert checked.accepted.equals(table)
    assert checked.rejected.num_rows == 0


def test_malformed_rows_are_rejected_with_their_text() -> None:
    table = rows({}, dict.fromkeys(GOOD), {"age": "x"})
    table = table.append_column(MALFORMED, pa.array([None, "a,b", None], pa.string()))
    checked = check(problem, table)
    assert checked.accepted["row_number"].to_pylist() == [1]
    assert MALFORMED not in checked.accepted.column_names
    first, second = checked.rejected.to_pylist()
    assert (first["row_number"], first["row_text"]) == (2, "a,b")
    assert first["reason"].endswith("(fields)")
    assert second["row_number"] == 3


def test_a_batch_without_rows_stays_one() -> None:
    checked = check(problem, rows())
    assert (checked.accepted.num_rows, checked.rejected.num_rows) == (0, 0)


def test_encoded_columns_in_pieces_are_checked_like_plain_ones() -> None:
    changes: list[dict[str, str | None]] = [{}, {"age": "x"}, {"days": None}, {"colour": "pink"}]
    table = rows(*changes, *changes[::-1])
    pieces = pa.concat_tables([table.slice(0, 3), table.slice(3)])
    for column in problem.inputs:
        place = pieces.column_names.index(column.name)
        pieces = pieces.set_column(place, column.name, pieces[column.name].dictionary_encode())
    checked, plain = check(problem, pieces), check(problem, table)
    assert checked.rejected.equals(plain.rejected)
    assert checked.accepted.to_pylist() == plain.accepted.to_pylist()
