from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml.features import Encoder, FeatureMap, Fitted
from ml.features.sharing import Sharing
from ml.problems.contract import Category, Code, Number
from ml.problems.features import Coded, Count, Feature, Quantity, Ratio, Total
from tests.toy import text

_DRUG = {name: text(name) for name in ("No", "Up")}
INPUTS = (
    Number(name="a", label=text("A"), minimum=0, maximum=100),
    Number(name="b", label=text("B"), minimum=0, maximum=100),
    Category(name="x", label=text("X"), values=_DRUG),
    Category(name="y", label=text("Y"), values=_DRUG),
    Category(name="z", label=text("Z"), values=_DRUG),
    Code(name="unused", label=text("Unused"), pattern="[a-z]", example="k"),
)
FEATURES: tuple[Feature, ...] = (
    Quantity(column="a"),
    Quantity(column="b"),
    Coded(column="x"),
    Total(name="total", columns=("a", "b")),
    Count(name="count", columns=("x", "y", "z"), values=frozenset({"Up"})),
    Ratio(name="ratio", over="a", under="total"),
)
MAP = FeatureMap(
    inputs=INPUTS,
    missing=frozenset({"?"}),
    features=tuple(Fitted(feature=feature) for feature in FEATURES),
)


def shares(record: dict[str, Any], feature: str) -> list[float]:
    """Return what each column gets of one feature's contribution of 1."""
    matrix = Encoder(MAP).records([record]).matrix
    contributions = np.zeros((1, len(FEATURES)))
    contributions[0, MAP.names.index(feature)] = 1.0
    found: list[float] = Sharing(MAP).share([record], matrix, contributions)[0].tolist()
    assert sum(found) == pytest.approx(1.0)
    return [round(value, 6) for value in found]


THIRD = round(1 / 3, 6)


@pytest.mark.parametrize(
    ("record", "feature", "expected"),
    [
        # A feature of one column gives it everything.
        ({"a": 3, "b": 1}, "a", [1, 0, 0, 0, 0, 0]),
        ({}, "b", [0, 1, 0, 0, 0, 0]),
        ({"x": "Up"}, "x", [0, 0, 1, 0, 0, 0]),
        # A total: in proportion to what was added, or to what makes it unknown.
        ({"a": 3, "b": 1}, "total", [0.75, 0.25, 0, 0, 0, 0]),
        ({"a": 0, "b": 1}, "total", [0, 1, 0, 0, 0, 0]),
        ({"a": 0, "b": 0}, "total", [0.5, 0.5, 0, 0, 0, 0]),
        ({"a": 3}, "total", [0, 1, 0, 0, 0, 0]),
        ({}, "total", [0.5, 0.5, 0, 0, 0, 0]),
        # A count: to the columns that were counted, else to those that were known.
        ({"x": "Up", "y": "Up", "z": "No"}, "count", [0, 0, 0.5, 0.5, 0, 0]),
        ({"x": "Up"}, "count", [0, 0, 1, 0, 0, 0]),
        ({"x": "No", "y": "No"}, "count", [0, 0, 0.5, 0.5, 0, 0]),
        ({"x": "No", "y": "?", "z": None}, "count", [0, 0, 1, 0, 0, 0]),
        ({}, "count", [0, 0, THIRD, THIRD, THIRD, 0]),
        # A ratio: one half to each operand, shared on as that operand is.
        ({"a": 3, "b": 1}, "ratio", [0.5 + 0.375, 0.125, 0, 0, 0, 0]),
        ({"a": 3}, "ratio", [0, 1, 0, 0, 0, 0]),
        ({"b": 3}, "ratio", [0.5 + 0.5, 0, 0, 0, 0, 0]),
        ({"a": 0, "b": 0}, "ratio", [0.75, 0.25, 0, 0, 0, 0]),
    ],
)
def test_a_feature_is_shared_among_its_columns(
    record: dict[str, Any], feature: str, expected: list[float]
) -> None:
    assert shares(record, feature) == expected


def test_all_that_the_features_contribute_reaches_the_columns() -> None:
    random = np.random.default_rng(1)
    records = [
        {
            name: value
            for name, value in {
                "a": int(random.integers(0, 4)),
                "b": int(random.integers(0, 4)),
                "x": str(random.choice(["No", "Up"])),
                "y": str(random.choice(["No", "Up"])),
                "z": str(random.choice(["No", "Up"])),
            }.items()
            if random.random() < 0.7
        }
        for _ in range(2000)
    ]
    matrix = Encoder(MAP).records(records).matrix
    contributions = random.normal(size=(2000, len(FEATURES)))
    found = Sharing(MAP).share(records, matrix, contributions)
    assert np.allclose(found.sum(axis=1), contributions.sum(axis=1), atol=1e-12)
    assert not found[:, -1].any()  # no feature is made of the last column
