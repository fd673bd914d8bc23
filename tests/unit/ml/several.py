"""A problem of three classes without bands, and a bundle of every kind that learned from it."""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np
import pyarrow as pa

from ml.bundle import Content
from ml.problems.candidates import Part
from ml.problems.problem import Problem, Target
from ml.training.candidates import Recipe
from tests import toy
from tests.unit.ml.learning import learn

TARGET = Target(
    column="returned",
    classes={name: frozenset({name}) for name in ("no", "later", "yes")},
    labels={name: toy.text(name.capitalize()) for name in ("no", "later", "yes")},
)
ROWS = 1500
PARTS = {
    "logistic_regression": Part(kind="logistic_regression", parameters={"inverse_penalty": 0.3}),
    "random_forest": Part(
        kind="random_forest", parameters={**toy.problem.forest, "trees": 8, "max_depth": 4}
    ),
    "xgboost": Part(
        kind="xgboost",
        parameters={
            "rounds": 12,
            "eta": 0.3,
            "max_depth": 3,
            "min_child_weight": 4.0,
            "row_share": 0.8,
            "column_share": 0.8,
            "reg_lambda": 3.0,
        },
    ),
}
RECIPES: dict[str, Recipe] = {
    **{kind: (part,) for kind, part in PARTS.items()},
    "ensemble": tuple(PARTS.values()),
}


def generate(rows: int, seed: int) -> pa.Table:
    """Toy visits, of which the longer ones lead to a late return."""
    table = toy.generate(rows, seed)
    random = np.random.default_rng([seed, 1])
    days = np.array(table["days"].to_pylist(), dtype=np.float64)
    late = random.random(rows) < 1 / (1 + np.exp(-(0.6 * days - 5)))
    outcomes = np.where(late, "later", table[TARGET.column].to_numpy(zero_copy_only=False))
    place = table.column_names.index(TARGET.column)
    return table.set_column(place, TARGET.column, pa.array(outcomes.tolist()))


problem: Problem = msgspec.structs.replace(toy.problem, target=TARGET, bands=(), generate=generate)


@cache
def content(recipe: str = "xgboost") -> Content:
    """Return the content of a bundle, made once in a test run."""
    return learn(problem, ROWS, recipe=RECIPES[recipe])
