from __future__ import annotations

import pytest

from ml.features import column_table, fit
from ml.features.column_table import ColumnTable
from ml.problems.contract import Refused
from tests import toy

FITTED = fit(toy.problem, toy.generate(200, seed=1))
COLUMNS = {column.name: column for column in FITTED.inputs}


def kept(table: ColumnTable) -> int:
    return len(table._entries)  # noqa: SLF001 - memory has no public face


def test_a_value_is_made_once() -> None:
    table = ColumnTable(COLUMNS["age"], FITTED)
    assert table.entry("60") is table.entry("60")


def test_one_and_one_point_nought_and_true_are_kept_apart() -> None:
    table = ColumnTable(COLUMNS["age"], FITTED)
    assert table.entry(1).known
    assert table.entry(1.0).known
    with pytest.raises(Refused):
        table.entry(True)  # noqa: FBT003 - the value under test


def test_a_caller_with_ever_new_codes_cannot_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(column_table, "_LARGEST_TABLE", 50)
    table = ColumnTable(COLUMNS["weight-kg"], FITTED)
    for value in range(1000):
        entry = table.entry(f"{1 + value / 10}")
        assert entry.known
    assert kept(table) == 50
    assert table.entry("100.9").row.tobytes() == table.entry("100.9").row.tobytes()


def test_a_very_long_text_is_read_but_not_kept() -> None:
    table = ColumnTable(COLUMNS["weight-kg"], FITTED)
    long = "70." + "0" * 1_000_000
    assert table.entry(long).row.tobytes() == table.entry("70").row.tobytes()
    assert kept(table) == 1


def test_what_was_refused_is_not_kept() -> None:
    table = ColumnTable(COLUMNS["reason"], FITTED)
    broken: list[object] = ["nonsense", float("nan"), 1.5, [1], {}]
    for raw in broken:
        with pytest.raises(Refused):
            table.entry(raw)
    assert kept(table) == 0
