"""Real bundles of the toy problem, and a registry that a test can break at will.

The registry is the one stand-in of these tests: an outage, a withdrawn alias and an
altered bundle have to be chosen, and a unit test has no network. The integration tests
run the same slots against a real MLflow server.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import xgboost

from ml import bundle, features
from ml.bundle import Calibrator, Content, Grown, Interval, Model, Probe, Schema
from ml.errors import RegistryUnavailable
from ml.problems import Problem
from ml.problems.text import Text
from ml.registry import PRODUCTION, Registry, Version
from ml.training import Trained
from ml.training.probes import records as probes_of
from tests import toy

Data = Literal["real", "synthetic"]


def train(
    folder: Path,
    *,
    intercept: float = 0.0,
    data: Data = "synthetic",
    problem: Problem = toy.problem,
    rounds: int = 5,
) -> Trained:
    """Write a trained bundle, a small one by default; `intercept` sets versions apart."""
    table = problem.generate(400, 1)
    feature_map = features.fit(problem, table)
    matrix = features.Encoder(feature_map).table(table)
    target, classes = table[problem.target.column].to_pylist(), problem.target.classes
    index = {text: place for place, texts in enumerate(classes.values()) for text in texts}
    outcomes = np.array([index[str(value)] for value in target], dtype=float)
    training = xgboost.DMatrix(
        matrix.astype(np.float32),
        outcomes,
        feature_names=list(feature_map.names),
        feature_types=list(feature_map.kinds),
        enable_categorical=True,
    )
    settings: dict[str, str | int] = {"max_depth": 3, "nthread": 1}
    if problem.target.several:
        settings |= {"objective": "multi:softprob", "num_class": len(classes)}
    booster = xgboost.train(settings, training, num_boost_round=rounds)
    draft = Content(
        data=data,
        schema=Schema.of(problem),
        features=feature_map,
        model=Model(members=(Grown(file="trees_1.ubj"),)),
        boosters={"trees_1.ubj": bytes(booster.save_raw("ubj"))},
        calibrator=Calibrator(intercept=intercept),
        metrics={"auroc": Interval(0.7, 0.6, 0.8)},
        rows={"raw": 400},
        lineage={
            "algorithm": "boosted_trees",
            "parameters": {"max_depth": 3},
            "seed": 1,
            "source": "generated",
            "split_salt": problem.name,
            "data_hash": "0" * 64,
            "code_digest": "0" * 64,
        },
        background={},
        drift={},
        probes=(),
        card=Text.of("# {title}", "# {title}", title=problem.title),
    )
    records = probes_of(problem, 1)[-2:]
    risk = bundle.LoadedModel(draft, digest="").predict(records).risk
    probes = tuple(Probe(record, float(r)) for record, r in zip(records, risk, strict=True))
    content = msgspec.structs.replace(draft, probes=probes)
    return Trained(folder, bundle.write(content, folder), content)


class FolderRegistry(Registry):
    """A registry of bundles in a folder; `away` makes it unreachable."""

    def __init__(self, folder: Path, promoted: Version | None = None) -> None:
        self.folder = folder
        self.away = False
        self.promoted = promoted
        self.staged: Version | None = None
        self.questions = 0
        self.fetched: list[str] = []

    def register(self, number: str, *, intercept: float = 0.0, data: Data = "synthetic") -> Version:
        digest = train(self.folder / number, intercept=intercept, data=data).digest
        return Version(
            name="toy", number=number, digest=digest, run_id="r", stage="Staging", data=data
        )

    def holder(self, problem: str, alias: str) -> Version | None:
        self.questions += 1
        self._answer()
        if problem != "toy":
            return None
        return self.promoted if alias == PRODUCTION else self.staged

    def fetch(self, version: Version, folder: Path) -> Path:
        self._answer()
        self.fetched.append(version.number)
        return Path(shutil.copytree(self.folder / version.number, folder / "bundle"))

    def _answer(self) -> None:
        if self.away:
            raise RegistryUnavailable("the registry is away; start it")
