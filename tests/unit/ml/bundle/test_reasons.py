from __future__ import annotations

import pytest

from ml.bundle.reasons import reasons
from tests import toy

COLUMNS = toy.problem.inputs  # age, weight-kg, days, colour, reason


def test_the_strongest_come_first_and_only_in_their_direction() -> None:
    record = {"age": 60, "weight-kg": 72.5, "days": 3, "colour": "red", "reason": "250.1"}
    found = reasons(COLUMNS, record, [], [0.1, 0.3, -0.2, 0.2, -0.4], most=2)
    assert [reason.column for reason in found.up] == ["weight-kg", "colour"]
    assert [reason.column for reason in found.down] == ["reason", "days"]
    assert [reason.contribution for reason in found.up] == [0.3, 0.2]


def test_what_contributes_nothing_is_no_reason() -> None:
    found = reasons(COLUMNS, {}, [column.name for column in COLUMNS], [0.0] * 5, most=5)
    assert found.up == found.down == ()


@pytest.mark.parametrize(
    ("column", "raw", "en", "es"),
    [
        ("age", 60, "Age: 60", "Age (es): 60"),
        ("age", " 60 ", "Age: 60", "Age (es): 60"),
        ("weight-kg", 72.5, "Weight: 72.5 kg", "Weight (es): 72,5 kg (es)"),
        ("weight-kg", 72.0, "Weight: 72 kg", "Weight (es): 72 kg (es)"),
        ("colour", "red", "Colour: red", "Colour (es): red (es)"),
        ("reason", "250.1", "Reason: 250.1", "Reason (es): 250.1"),
        ("reason", 401, "Reason: 401", "Reason (es): 401"),
    ],
)
def test_a_sentence_holds_label_value_and_unit_in_both_languages(
    column: str, raw: object, en: str, es: str
) -> None:
    index = [known.name for known in COLUMNS].index(column)
    parts = [0.5 if i == index else 0.0 for i in range(5)]
    (reason,) = reasons(COLUMNS, {column: raw}, [], parts, most=5).up
    assert reason.sentence.en == f"{en}, associated with a higher risk"
    assert reason.sentence.es == f"{es}, asociado a un riesgo mayor"
    assert not reason.missing


@pytest.mark.parametrize("raw", [None, "?", "", "unclear"])
def test_a_missing_input_is_named_as_such(raw: object) -> None:
    (reason,) = reasons(COLUMNS, {"colour": raw}, ["colour"], [0, 0, 0, -0.5, 0], most=5).down
    assert reason.missing
    assert reason.sentence.en == "Colour: not given, associated with a lower risk"
    assert reason.sentence.es == "Colour (es): no consta, asociado a un riesgo menor"


def test_no_sentence_speaks_of_causes() -> None:
    found = reasons(COLUMNS, {"age": 60}, [], [1, 0, 0, 0, 0], most=1)
    assert "because" not in found.up[0].sentence.en
    assert "raises" not in found.up[0].sentence.en


def test_of_more_than_two_classes_the_sentence_names_the_one_that_is_explained() -> None:
    record = {"age": 60, "days": 3}
    missing = ["weight-kg", "colour", "reason"]
    contributions = [0.5, 0, -0.2, 0, 0]
    found = reasons(COLUMNS, record, missing, contributions, 1, toy.text("Flu"))
    assert found.up[0].sentence.en == "Age: 60, associated with a higher probability of Flu"
    expected = "Days (es): 3, asociado a una probabilidad menor de Flu (es)"
    assert found.down[0].sentence.es == expected
