from __future__ import annotations

import pytest

from ml.problems import Problem
from ml.problems.text import Text
from ui import lists
from ui.answers import FieldError, Model
from ui.answers.batch import RefusedRow, Result, ScoredRow

RESULT = Result(
    Model("sample", "3", "sha256:ab", "real"),
    (
        ScoredRow(1, {"visit": "a"}, 0.184, "low", ("cause",), (Text("Far out", "Muy lejos"),)),
        ScoredRow(3, {"visit": None}, 0.6, "high", (), ()),
    ),
    (RefusedRow(2, {"visit": "b"}, (FieldError("must lie", "maximum", "nights"),)),),
)


def test_a_template_has_the_keys_and_every_input_and_the_example(sample: Problem) -> None:
    assert lists.header(sample) == ["visit", "ward", "nights", "temperature", "cause"]
    assert lists.example(sample) == ["", "1", "", "", ""]


def test_the_guide_says_what_each_column_may_hold(sample: Problem) -> None:
    guide = {row[0]: row[1:] for row in lists.guide(sample)}

    assert guide["ward"] == ["Ward", "1 = Surgery; 2 = Medicine"]
    assert guide["nights"] == ["Nights (nights)", "1 to 30"]
    assert guide["cause"] == ["Cause", "e.g. J18"]
    assert guide["visit"] == ["Visit", "any text or number"]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([], "no rows"),
        ([["ward"]], "no rows"),
        ([["ward", "wards", ""], ["1", "2", ""]], "not known: wards, ?."),
        ([["ward", "ward"], ["1", "2"]], "twice: ward."),
        ([["visit", "back", "ward"], ["1", "no", "2"]], ""),
    ],
)
def test_a_list_as_a_whole_is_checked(
    sample: Problem, rows: list[list[str]], complaint: str
) -> None:
    found = lists.complaint(sample, rows)

    assert complaint in found
    assert bool(found) is bool(complaint)


def test_the_answer_is_told_by_row(sample: Problem) -> None:
    assert lists.key_names(sample, RESULT) == ["Visit"]
    assert lists.scored_row(sample, RESULT.scored[0]) == [
        *("1", "a", "18%", "●○ Low", "1", "Far out")
    ]
    assert lists.refused_row(sample, RESULT.refused[0]) == [
        *("2", "b", "Nights: Must lie between 1 and 30.")
    ]


def test_what_is_taken_away_has_every_row_and_whole_figures(sample: Problem) -> None:
    head, *rows = lists.download(sample, RESULT)

    assert head[-1] == "Why"
    assert {len(row) for row in rows} == {len(head)}
    assert [row[0] for row in rows] == ["1", "3", "2"]
    assert rows[0][2] == 0.184
    assert rows[2][-1] == "Nights: Must lie between 1 and 30."
