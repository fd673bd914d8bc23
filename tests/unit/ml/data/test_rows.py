from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.data import rows as module
from ml.data.delivery import MALFORMED
from ml.data.rows import numbered_rows
from ml.errors import SourceInvalid
from tests.toy import problem

GOOD, SHORT, LONG, BLANK = "good", "a,b", "," * 9, ""


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 400)


@settings(deadline=None)
@given(st.lists(st.sampled_from([GOOD, GOOD, GOOD, SHORT, LONG, BLANK]), max_size=300))
def test_every_row_is_numbered_once_and_stays_in_place(kinds: list[str]) -> None:
    lines = [
        f"s{place},p,60,,3,red,401,no" if kind == GOOD else kind for place, kind in enumerate(kinds)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "source.csv"
        path.write_text("\n".join([",".join(problem.names), *lines, ""]), encoding="utf-8")
        tables = numbered_rows(problem.names, problem.source.missing, path)
        read = [row for table in tables for row in table.to_pylist()]
    expected = [line for line in lines if line]
    assert [row["row_number"] for row in read] == list(range(1, len(expected) + 1))
    for row, line in zip(read, expected, strict=True):
        assert (row["visit"] or row[MALFORMED]) == (line.split(",")[0] if "p" in line else line)


@pytest.mark.parametrize("closed_again", [False, True], ids=["to the end", "by a later quote"])
@pytest.mark.parametrize("place", [0, 3, 8])
def test_a_quote_that_swallows_rows_is_refused(
    tmp_path: Path, place: int, *, closed_again: bool
) -> None:
    lines = [f"s{row},p,60,,3,red,401,no" for row in range(10)]
    lines[place] = f's{place},p,"60,,3,red,401,no'
    if closed_again:
        lines[place + 1] = f's{place + 1},p",60,,3,red,401,no'
    path = tmp_path / "source.csv"
    path.write_text("\n".join([",".join(problem.names), *lines, ""]), encoding="utf-8")

    with pytest.raises(SourceInvalid, match="unbalanced quote"):
        list(numbered_rows(problem.names, problem.source.missing, path))
