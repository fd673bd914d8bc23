from __future__ import annotations

from typing import Any

import msgspec
import pytest

from api.contracts import check
from ml.bundle import Schema
from ml.errors import BundleInvalid
from ml.problems.contract import Column
from tests import toy

SCHEMA = Schema.of(toy.problem)


def with_column(column: str, /, **changes: Any) -> Schema:
    def changed(one: Column) -> Column:
        return msgspec.structs.replace(one, **changes) if one.name == column else one

    return msgspec.structs.replace(SCHEMA, columns=tuple(map(changed, SCHEMA.columns)))


def without(name: str) -> Schema:
    kept = tuple(column for column in SCHEMA.columns if column.name != name)
    return msgspec.structs.replace(SCHEMA, columns=kept)


@pytest.mark.parametrize(
    "other",
    [
        SCHEMA,
        with_column("age", label=toy.text("Years"), section="", help=toy.text("in years")),
        with_column("colour", values=dict.fromkeys(("None", "unclear", "blue", "green", "red"))),
        msgspec.structs.replace(SCHEMA, title=toy.text("Another title"), bands=()),
        msgspec.structs.replace(SCHEMA, columns=SCHEMA.columns[::-1]),
    ],
)
def test_texts_and_order_may_differ(other: Schema) -> None:
    check(other, SCHEMA)


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (without("age"), "age"),
        (with_column("age", name="years"), "age, years"),
        (with_column("age", maximum=100), "age"),
        (with_column("age", integer=False), "age"),
        (with_column("weight-kg", unit=toy.text("lb")), "weight-kg"),
        (with_column("weight-kg", unit=None), "weight-kg"),
        (with_column("colour", values={"red": toy.text("red")}), "colour"),
        (with_column("colour", unknown=frozenset()), "colour"),
        (with_column("reason", pattern=".*"), "reason"),
        (without("person"), "person"),
        (
            msgspec.structs.replace(
                SCHEMA, target=msgspec.structs.replace(SCHEMA.target, column="age")
            ),
            "the target",
        ),
        (
            msgspec.structs.replace(
                SCHEMA,
                target=msgspec.structs.replace(
                    SCHEMA.target, classes=dict(reversed(SCHEMA.target.classes.items()))
                ),
            ),
            "the target",
        ),
    ],
)
def test_what_a_request_means_may_not_differ(other: Schema, named: str) -> None:
    with pytest.raises(BundleInvalid, match=f"declares: {named} differ; train"):
        check(other, SCHEMA)


def test_another_problem_is_told_with_both_names() -> None:
    with pytest.raises(BundleInvalid, match="a model for heart, not for toy"):
        check(msgspec.structs.replace(SCHEMA, problem="heart"), SCHEMA)
