"""The stages that `dvc.yaml` runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml import problems
from ml.data import clean_store, raw_files
from ml.data.source import fetch
from ml.features.build import transform
from ml.pipeline.findings import write_findings
from ml.pipeline.places import BUNDLE, CLEAN
from ml.training import train as train_bundle

if TYPE_CHECKING:
    from ml.pipeline.parameters import Parameters


def prepare(parameters: Parameters) -> str:
    """Turn the source into clean rows; return what was done.

    Raises:
        SourceUnavailable: there is no such source.
        SourceInvalid: it is no CSV of the problem.
        NotEnoughData: a part has no usable row.
        DataError: more rows break the contract than the problem allows.
    """
    problem, asked = problems.find(parameters.problem), parameters.prepare
    of_source = parameters.settings.model_copy(update={"seed": asked.seed})
    delivery = fetch(problem, asked.source, of_source)
    stored = raw_files.read(problem, delivery, asked.split_salt)
    made = transform(problem, stored, parameters.settings)
    clean_store.replace(CLEAN, problem, made)
    return f"{made.transformation.rows} {made.transformation.data} rows of {problem.name}"


def train(parameters: Parameters) -> str:
    """Learn from the clean rows, and write bundle, metrics and plots; return what was done.

    Raises:
        NotEnoughData: there are no clean rows, or a part lacks outcomes of some class.
    """
    problem, seed = problems.find(parameters.problem), parameters.train.seed
    trained = train_bundle(CLEAN, problem, parameters.settings, BUNDLE, seed)
    write_findings(trained.content)
    return f"the bundle {trained.digest} of {problem.name}"
