"""A training run without databases: the steps of `ml.training.train` on generated rows."""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from ml.bundle import Content
from ml.data import quality
from ml.data.clean_store import CleanRows, Transformation
from ml.data.split import parts_of
from ml.features import Encoder, FeatureMap, fit
from ml.features.reference import reference
from ml.problems.problem import Problem
from ml.training.assembly import Fit, assemble
from ml.training.candidates import Lesson, Part, Recipe, follow
from ml.training.evaluation import Scored, examine, measure
from ml.training.material import Material
from tests import toy


class Prepared(NamedTuple):
    """Clean rows by part, and the feature map that made them."""

    feature_map: FeatureMap
    parts: dict[str, CleanRows]
    tables: dict[str, pa.Table]

    def lesson(self, seed: int, threads: int) -> Lesson:
        """What a candidate learns from."""
        training, validation = self.parts["train"], self.parts["validation"]
        return Lesson(training, validation, self.feature_map, seed, threads)


def prepare(problem: Problem, rows: int, seed: int) -> Prepared:
    """Split and encode generated rows."""
    return prepare_rows(problem, problem.generate(rows, seed))


def prepare_rows(problem: Problem, table: pa.Table) -> Prepared:
    """Split and encode rows as they come from a source."""
    scope = quality.out_of_scope(problem, table)
    table = table.filter(pa.array([not outside for outside in scope.to_pylist()]))
    part = np.array(parts_of(problem, table, "salt").to_pylist())
    tables = {name: table.filter(pa.array(part == name)) for name in np.unique(part)}
    feature_map = fit(problem, tables["train"])
    encoder = Encoder(feature_map)
    return Prepared(
        feature_map,
        {name: _clean(problem, encoder, rows) for name, rows in tables.items()},
        tables,
    )


def _clean(problem: Problem, encoder: Encoder, rows: pa.Table) -> CleanRows:
    classes = problem.target.classes.values()
    index = {text: i for i, texts in enumerate(classes) for text in texts}
    outcomes = [index[str(value)] for value in rows[problem.target.column].to_pylist()]
    groups = np.array(rows[problem.group_key].to_pylist())
    return CleanRows(encoder.table(rows), np.array(outcomes, dtype=np.int64), groups)


def transformation(
    problem: Problem, prepared: Prepared, data: Literal["real", "synthetic"]
) -> Transformation:
    """What the clean step would have recorded."""
    rows = {name: part.outcomes.size for name, part in prepared.parts.items()}
    return Transformation(
        data=data,
        feature_map=msgspec.to_builtins(prepared.feature_map),
        feature_map_digest=prepared.feature_map.digest,
        data_hash="d" * 64,
        batches=("b1",),
        source="somewhere",
        source_digests=("e" * 64,),
        split_salt="salt",
        code_digest="c" * 64,
        rows={"raw": sum(rows.values()), **rows},
        quality={},
        drift=reference(problem, prepared.tables["train"]),
    )


def learn(
    problem: Problem,
    rows: int,
    seed: int = 1,
    data: Literal["real", "synthetic"] = "synthetic",
    recipe: Recipe = (),
) -> Content:
    """Return the content of a bundle that learned from generated rows."""
    return learn_from(problem, prepare(problem, rows, seed), seed, data, recipe)


def learn_from(
    problem: Problem,
    prepared: Prepared,
    seed: int,
    data: Literal["real", "synthetic"],
    recipe: Recipe = (),
) -> Content:
    """Return the content of a bundle that learned from prepared rows."""
    test = prepared.parts["test"]
    lesson = prepared.lesson(seed, 2)
    learned = follow(recipe or (Part(kind="random_forest", parameters=problem.forest),), lesson)
    probabilities = learned.scorer(prepared.feature_map).probabilities(test.matrix)
    scored = Scored(prepared.tables["test"], test.outcomes, probabilities, test.groups)
    metrics = measure(test.outcomes, probabilities, test.groups, 20, seed, problem.target)
    evaluation = examine(problem, scored, 20, seed)
    material = Material(
        transformation(problem, prepared, data), prepared.feature_map, prepared.parts
    )
    return assemble(Fit(problem, material, lesson, learned), metrics, evaluation)


@cache
def toy_content(seed: int = 1, data: Literal["real", "synthetic"] = "synthetic") -> Content:
    """Return the content of a toy bundle, made once in a test run."""
    return learn(toy.problem, 2000, seed, data)
