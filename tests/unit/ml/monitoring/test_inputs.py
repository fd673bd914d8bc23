from __future__ import annotations

from typing import Any

import msgspec
import pyarrow as pa

from ml.bundle import LoadedModel
from ml.features.reference import reference
from ml.monitoring.answered import Asked
from ml.monitoring.inputs import inputs
from ml.monitoring.report import InputDrift
from ml.problems.monitoring import Monitoring
from tests import toy
from tests.unit.ml.learning import toy_content

POLICY = Monitoring()
ROWS = toy.generate(3000, seed=2)


def model() -> LoadedModel:
    drift = reference(toy.problem, ROWS)
    return LoadedModel(msgspec.structs.replace(toy_content(), drift=drift), "d" * 64)


def asked(table: pa.Table) -> list[Asked]:
    """The rows as the history keeps them: what is not known stands among the missing."""
    records: list[dict[str, Any]] = table.select(
        [column.name for column in toy.problem.inputs]
    ).to_pylist()
    return [
        Asked(
            {name: value for name, value in record.items() if value is not None},
            frozenset(name for name, value in record.items() if value in (None, "unclear")),
        )
        for record in records
    ]


def found_in(table: pa.Table) -> dict[str, InputDrift]:
    return {each.input: each for each in inputs(model(), asked(table), POLICY)}


def replaced(name: str, values: pa.Array[Any]) -> pa.Table:
    table = toy.generate(1000, seed=3)
    return table.set_column(table.column_names.index(name), name, values)


def test_rows_of_the_same_kind_have_not_drifted() -> None:
    found = found_in(toy.generate(1000, seed=3))
    assert list(found) == [column.name for column in toy.problem.inputs]
    assert not [each for each in found.values() if each.drifted]
    for each in found.values():
        assert abs(each.missing_before - each.missing_now) < 0.05, each.input
        assert each.values is not None
        assert each.values.psi < 0.1, each.input


def test_a_number_that_has_moved_has_drifted_and_no_other_has() -> None:
    older = pa.array([str(80 + row % 15) for row in range(1000)])
    found = found_in(replaced("age", older))
    assert [each.input for each in found.values() if each.drifted] == ["age"]


def test_an_input_that_stays_away_has_drifted_by_its_missing_share_alone() -> None:
    found = found_in(replaced("weight-kg", pa.nulls(1000, pa.string())))
    assert [each.input for each in found.values() if each.drifted] == ["weight-kg"]
    weight = found["weight-kg"]
    assert (weight.known, weight.missing_now, weight.values) == (0, 1.0, None)


def test_a_value_that_means_not_known_counts_as_missing_on_both_sides() -> None:
    colour = found_in(toy.generate(1000, seed=3))["colour"]
    assert 0.05 < colour.missing_before < 0.15
    assert 0.05 < colour.missing_now < 0.15


def test_a_code_is_the_same_with_and_without_leading_zeros() -> None:
    known = reference(toy.problem, ROWS)
    known["reason"]["counts"] = {f"0{v}": n for v, n in known["reason"]["counts"].items()}
    padded = LoadedModel(msgspec.structs.replace(toy_content(), drift=known), "d" * 64)
    found = {each.input: each for each in inputs(padded, asked(toy.generate(1000, seed=3)), POLICY)}
    assert not found["reason"].drifted


def test_new_codes_are_seen_though_no_reference_lists_them() -> None:
    found = found_in(replaced("reason", pa.array(["999"] * 1000)))
    assert found["reason"].drifted


def test_nothing_asked_nothing_found() -> None:
    assert inputs(model(), [], POLICY) == ()
