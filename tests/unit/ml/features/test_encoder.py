from __future__ import annotations

import math
import random

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.errors import InvalidRecord
from ml.features import Encoded, Encoder, FeatureMap, fit
from ml.problems import find
from ml.problems.problem import Problem
from tests import toy

INPUTS = [column.name for column in toy.problem.inputs]


def unscaled(feature_map: FeatureMap) -> FeatureMap:
    """The same features without mean and scale, so that a test reads plain numbers."""
    plain = [msgspec.structs.replace(f, mean=0.0, scale=1.0) for f in feature_map.features]
    return msgspec.structs.replace(feature_map, features=tuple(plain))


FITTED = fit(toy.problem, toy.generate(500, seed=1))
ENCODER = Encoder(FITTED)
PLAIN = Encoder(unscaled(FITTED))


def row(record: dict[str, object]) -> dict[str, float]:
    """The plain inputs of one toy record, by name."""
    values = PLAIN.records([record]).matrix[0].tolist()
    return dict(zip(FITTED.names, values, strict=True))


def as_table(problem: Problem, records: list[dict[str, str | None]]) -> pa.Table:
    names = [column.name for column in problem.inputs]
    return pa.table({name: pa.array([r.get(name) for r in records], pa.string()) for name in names})


def agree(encoder: Encoder, problem: Problem, records: list[dict[str, str | None]]) -> None:
    """Both ways into the encoder give the same bits."""
    online = encoder.records(records).matrix
    offline = encoder.table(as_table(problem, records))
    assert online.dtype == offline.dtype == np.float64
    assert online.tobytes() == offline.tobytes()


RAW = {
    "age": st.integers(0, 120).map(str),
    "weight-kg": st.decimals(1, 400, places=3).map(str),
    "days": st.integers(1, 365).map(str),
    "colour": st.sampled_from(["red", "green", "blue", "None", "unclear", " red "]),
    "reason": st.from_regex(r"[VE]?[0-9]{1,3}(\.[0-9]{1,2})?", fullmatch=True),
}
MISSING = st.sampled_from([None, "", "?", " "])
TOY_ROWS = st.lists(
    st.fixed_dictionaries({name: values | MISSING for name, values in RAW.items()}),
    min_size=1,
    max_size=30,
)


@given(TOY_ROWS)
def test_records_and_tables_give_equal_bits(rows: list[dict[str, str | None]]) -> None:
    agree(ENCODER, toy.problem, rows)


@pytest.mark.parametrize("name", ["diabetes"])
def test_rows_with_random_gaps_give_equal_bits_in_a_declared_problem(name: str) -> None:
    problem = find(name)
    encoder = Encoder(fit(problem, problem.generate(2000, 1)))
    inputs = [column.name for column in problem.inputs]
    rows: list[dict[str, str | None]] = problem.generate(500, 2).select(inputs).to_pylist()
    chance = random.Random(3)  # noqa: S311 - not a secret
    for gaps in (0.0, 0.2, 0.9, 1.0):
        agree(encoder, problem, [_with_gaps(record, gaps, chance) for record in rows])


def _with_gaps(
    record: dict[str, str | None], share: float, chance: random.Random
) -> dict[str, str | None]:
    return {name: None if chance.random() < share else value for name, value in record.items()}


def test_a_row_is_encoded_alike_alone_and_among_others() -> None:
    records = toy.generate(300, seed=4).select(INPUTS).to_pylist()
    together = ENCODER.records(records).matrix
    alone = [ENCODER.records([record]).matrix[0] for record in records]
    assert together.tobytes() == np.array(alone).tobytes()


def test_numbers_of_json_and_texts_of_a_csv_mean_the_same() -> None:
    csv = {"age": "60", "weight-kg": "72.5", "days": "3", "reason": "401"}
    json = {"age": 60, "weight-kg": 72.5, "days": 3.0, "reason": 401}
    assert ENCODER.records([csv]).matrix.tobytes() == ENCODER.records([json]).matrix.tobytes()


def test_each_kind_of_feature_is_what_it_says() -> None:
    found = row({"age": 60, "weight-kg": "72.5", "days": 3, "colour": "red", "reason": "250.83"})
    assert found["age"] == 60
    assert found["weight-kg"] == 72.5
    assert found["colour"] == 3  # its level
    assert found["reds"] == 1
    assert found["age_and_days"] == 63
    assert found["days_per_age"] == 3 / 60
    vocabularies = {fitted.name: fitted.vocabulary for fitted in FITTED.features}
    assert found["colour_code"] == vocabularies["colour_code"].index("red")
    assert vocabularies["reason"] == ("sugar",)
    assert found["reason"] == 0


def test_what_no_category_names_is_other() -> None:
    assert row({"reason": "401"})["reason"] == 1  # the code after the last one
    rare = fit(toy.problem, toy.generate(60, seed=1))  # too few of any colour
    assert rare.features[rare.names.index("colour_code")].vocabulary == ()
    plain = Encoder(unscaled(rare))
    assert plain.records([{"colour": "red"}]).matrix[0, rare.names.index("colour_code")] == 0


def test_a_value_without_a_level_is_unknown() -> None:
    assert math.isnan(row({"colour": "None"})["colour"])
    assert row({"colour": "None"})["reds"] == 0


def test_a_count_is_unknown_only_where_none_of_its_columns_is_known() -> None:
    assert math.isnan(row({})["reds"])
    assert math.isnan(row({"colour": "unclear"})["reds"])
    assert row({"colour": "green"})["reds"] == 0
    assert row({"colour": "red"})["reds"] == 1


def test_a_count_over_several_columns_uses_those_that_are_known_and_its_bound() -> None:
    problem = find("diabetes")
    feature_map = fit(problem, problem.generate(500, 1))
    encoder = Encoder(unscaled(feature_map))

    def count(record: dict[str, object], name: str) -> float:
        return float(encoder.records([record]).matrix[0, feature_map.names.index(name)])

    assert count({"metformin": "Up", "insulin": "Steady", "acarbose": "No"}, "drugs_given") == 2
    assert count({"metformin": "Up", "insulin": "Up"}, "oral_drugs_given") == 1
    assert math.isnan(count({"insulin": "Up"}, "oral_drugs_given"))
    assert count({"diag_1": "428", "diag_2": "428.1"}, "has_heart_failure") == 1
    assert count({"diag_3": "V45"}, "has_aftercare") == 1
    assert count({"diag_3": "250"}, "has_aftercare") == 0
    assert math.isnan(count({}, "has_heart_failure"))


def test_a_total_is_unknown_where_one_part_is() -> None:
    assert math.isnan(row({"age": 60})["age_and_days"])


def test_a_ratio_by_nothing_or_by_what_is_missing_is_unknown() -> None:
    assert math.isnan(row({"age": 0, "days": 3})["days_per_age"])
    assert math.isnan(row({"days": 3})["days_per_age"])
    assert math.isnan(row({"age": 60})["days_per_age"])


def test_nothing_known_is_encoded_as_nothing_known() -> None:
    encoded = ENCODER.records([{}, {"colour": "unclear", "reason": "?", "age": "", "days": None}])
    assert np.isnan(encoded.matrix).all()
    assert encoded.missing == [tuple(INPUTS)] * 2


def test_what_was_missing_is_named_for_each_record() -> None:
    encoded = ENCODER.records([{"age": 60, "colour": "red"}, {"days": 2}])
    assert isinstance(encoded, Encoded)
    assert encoded.missing == [
        ("weight-kg", "days", "reason"),
        ("age", "weight-kg", "colour", "reason"),
    ]


def test_numbers_are_scaled_and_codes_are_not() -> None:
    matrix = ENCODER.table(toy.generate(500, seed=1))
    for i, fitted in enumerate(FITTED.features):
        known = matrix[~np.isnan(matrix[:, i]), i]
        if fitted.kind == "q":
            assert known.mean() == pytest.approx(0, abs=1e-9), fitted.name
            assert known.std() == pytest.approx(1), fitted.name
        else:
            assert set(known) <= set(range(len(fitted.vocabulary) + 1)), fitted.name


def test_every_broken_rule_of_every_record_is_listed() -> None:
    records: list[dict[str, object]] = [
        {"age": -1, "colour": "pink"},
        {"age": 60},
        {"days": True, "reason": ["401"], "weight-kg": {"a": 1}},
        {"age": "old", "days": 366},
    ]
    with pytest.raises(InvalidRecord) as caught:
        ENCODER.records(records)
    assert [(v.record, v.field, v.rule) for v in caught.value.violations] == [
        (0, "age", "minimum"),
        (0, "colour", "enum"),
        (2, "weight-kg", "type"),
        (2, "days", "type"),
        (2, "reason", "type"),
        (3, "age", "type"),
        (3, "days", "maximum"),
    ]
    assert "records[0].colour: must be one of red, green" in str(caught.value)


def test_a_table_without_rows_is_an_empty_matrix() -> None:
    assert ENCODER.table(toy.generate(10, 1).slice(0, 0)).shape == (0, len(FITTED.names))
