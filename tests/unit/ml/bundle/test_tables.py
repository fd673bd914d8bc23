from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from ml.bundle import LoadedModel, TablePrediction
from ml.errors import InvalidRecord
from tests import toy
from tests.unit.ml.learning import toy_content

INPUTS = [column.name for column in toy.problem.inputs]
LONGEST = 200


def risk_of(found: TablePrediction) -> NDArray[np.float64]:
    return found.probabilities[:, -1].copy()


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    return LoadedModel(toy_content(), digest="")


def test_good_rows_get_the_risk_of_the_offline_path_bit_for_bit(model: LoadedModel) -> None:
    table = toy.generate(3000, seed=4)
    found = model.predict_rows(table, LONGEST)
    assert risk_of(found).tobytes() == model.predict_table(table).tobytes()
    assert found.violations == {}
    missing = [
        tuple(name for name, known in zip(INPUTS, row, strict=True) if not known)
        for row in found.known.tolist()
    ]
    assert missing == model.predict(table.select(INPUTS).to_pylist()).missing


@pytest.mark.parametrize(
    "encode", [lambda column: column, lambda column: column.dictionary_encode()]
)
def test_bad_rows_are_told_and_change_nothing_for_the_others(
    model: LoadedModel, encode: Any
) -> None:
    table = toy.generate(50, seed=4)
    rows = table.to_pylist()
    rows[3]["age"], rows[3]["colour"] = "500", "mauve"
    rows[9]["reason"] = "x" * 201
    rows[10]["colour"] = "None"
    broken = pa.Table.from_pylist(rows, table.schema)
    names = broken.column_names
    broken = pa.table({name: encode(broken[name]) for name in names})
    found = model.predict_rows(broken, LONGEST)
    told = {(row, v.field, v.rule) for row, vs in found.violations.items() for v in vs}
    assert told == {(3, "age", "maximum"), (3, "colour", "enum"), (9, "reason", "length")}
    assert np.flatnonzero(np.isnan(risk_of(found))).tolist() == [3, 9]
    assert np.flatnonzero(found.outside[:, 0]).tolist() == [10]
    kept = [i for i in range(50) if i not in (3, 9)]
    good = pa.Table.from_pylist([rows[i] for i in kept], table.schema)
    assert risk_of(found)[kept].tolist() == model.predict_table(good).tolist()


VALUES: list[Any] = [60, 60.0, "60", " 60 ", "6e1", 60.5, -1, 121, None, "?", "", float("nan"), "x"]


def test_every_value_is_read_as_predict_reads_it(model: LoadedModel) -> None:
    """A column of each type, and what a single record of the same value is answered."""
    for value in VALUES:
        table = pa.table({"age": pa.array([value]), "days": pa.array([3])})
        found = model.predict_rows(table, LONGEST)
        # JSON has no NaN; a table of numbers says "not known" with it.
        nan = isinstance(value, float) and np.isnan(value)
        rule, risk = answer(model, {"age": None if nan else value, "days": 3})
        assert [v.rule for vs in found.violations.values() for v in vs] == rule, value
        assert risk_of(found)[~np.isnan(risk_of(found))].tolist() == risk, value


def answer(model: LoadedModel, record: dict[str, Any]) -> tuple[list[str], list[float]]:
    """Return the broken rules of a record, or its risk."""
    try:
        return [], model.predict([record]).risk.tolist()
    except InvalidRecord as invalid:
        return [violation.rule for violation in invalid.violations], []


def test_a_table_without_inputs_and_one_without_rows_are_read(model: LoadedModel) -> None:
    found = model.predict_rows(pa.table({"visit": ["a", "b"]}), LONGEST)
    assert risk_of(found).tolist() == [model.predict([{}]).risk[0]] * 2
    assert not found.known.any()
    assert model.predict_rows(toy.generate(0, seed=1), LONGEST).probabilities.size == 0


@pytest.mark.parametrize(
    "encode", [lambda column: column, lambda column: column.dictionary_encode()]
)
@pytest.mark.parametrize("bad", [pa.array(["x", "60"]), pa.array([float("nan"), 60.0])])
def test_what_is_refused_of_a_needed_column_refuses_its_row_alone(bad: Any, encode: Any) -> None:
    content = toy_content()
    inputs = tuple(
        msgspec.structs.replace(column, needed=column.name == "age")
        for column in content.features.inputs
    )
    features = msgspec.structs.replace(content.features, inputs=inputs)
    model = LoadedModel(msgspec.structs.replace(content, features=features), digest="")
    found = model.predict_rows(pa.table({"age": encode(bad)}), LONGEST)
    assert [(row, v.field) for row, vs in found.violations.items() for v in vs] == [(0, "age")]
    assert risk_of(found)[1] == model.predict([{"age": 60}]).risk[0]


def test_where_every_row_is_bad_no_row_is_scored(model: LoadedModel) -> None:
    found = model.predict_rows(pa.table({"age": ["-1", "x"]}), LONGEST)
    assert np.isnan(risk_of(found)).all()
    assert sorted(found.violations) == [0, 1]
