"""Evidence on toy rows, with models that say what a test wants them to say."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ml.bundle import LoadedModel
from ml.data.clean_store import BATCH, CleanRows
from ml.features import Encoder
from ml.problems.text import Text
from ml.training.evaluation import Bootstrap, measure
from ml.training.gates import Evidence, Judged, Package, TestPart
from tests import toy
from tests.unit.ml.learning import prepare, toy_content, transformation

ROWS = 3000
DRAWN = np.random.default_rng(11)
RISK = DRAWN.beta(2, 10, ROWS)
OUTCOMES = (DRAWN.random(ROWS) < RISK).astype(np.int64)
PATIENTS = (np.arange(ROWS) // 2).astype(np.str_)
OLD, NEW = "old", "new"


@cache
def loaded() -> LoadedModel:
    content = toy_content(data="real")
    return LoadedModel(content, "d" * 64)


@cache
def records() -> pa.Table:
    rows = toy.generate(ROWS, 12)
    batches = np.where(np.arange(ROWS) < ROWS // 2, OLD, NEW).tolist()
    return rows.append_column(BATCH, pa.array(batches))


def judged(risk: NDArray[np.float64], batches: tuple[str, ...] = (OLD, NEW)) -> Judged:
    """A model that gives these risks, and learned from these batches."""
    model = loaded()
    probabilities = np.column_stack([1 - risk, risk])
    told = measure(OUTCOMES, probabilities, PATIENTS, 20, 1)
    told_model: Any = object.__new__(LoadedModel)
    told_model.__dict__ |= model.__dict__
    told_model.info = model.info | {
        "metrics": msgspec.to_builtins(told),
        "lineage": model.info["lineage"] | {"batches": list(batches)},
    }
    return Judged(told_model, probabilities)


def evidence(
    candidate: Judged, reigning: Judged | None = None, outcomes: NDArray[np.int64] = OUTCOMES
) -> Evidence:
    prepared = prepare(toy.problem, 2000, 1)
    content = toy_content(data="real")
    matrix = Encoder(content.features).table(records())
    return Evidence(
        problem=toy.problem,
        test=TestPart(
            transformation(toy.problem, prepared, "real"),
            CleanRows(matrix, outcomes, PATIENTS),
            records(),
        ),
        candidate=candidate,
        package=Package(2**20, tuple(column.name for column in toy.problem.inputs)),
        reigning=reigning,
        absence=Text.same("")
        if reigning
        else Text("there was no model in production", "no había ningún modelo en producción"),
        bootstrap=Bootstrap(PATIENTS, outcomes, 60, 1),
    )
