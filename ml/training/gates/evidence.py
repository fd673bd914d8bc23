"""What the gates look at: a candidate, the model in production, and the test part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ml.errors import InvalidRecord
from ml.training.evaluation import Bootstrap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from ml.bundle import LoadedModel
    from ml.data.clean_store import CleanRows, Transformation
    from ml.problems.problem import Problem
    from ml.problems.text import Text
    from ml.settings import Settings

# Records that a model is asked about at once.
_BATCH = 5_000


class TestPart(NamedTuple):
    """The rows that nobody has learned from.

    Args:
        transformation: how the clean rows came to be.
        rows: encoded, with outcomes and patients.
        records: the same rows as texts, and `batch_id`.
    """

    transformation: Transformation
    rows: CleanRows
    records: pa.Table


class Judged(NamedTuple):
    """A model as it is served, and what it says of the test records.

    Args:
        model: loaded from the registry.
        probabilities: (rows, classes); NaN where its contract refuses the record.
    """

    model: LoadedModel
    probabilities: NDArray[np.float64]

    @property
    def lineage(self) -> dict[str, Any]:
        """What the model came from."""
        lineage: dict[str, Any] = self.model.info["lineage"]
        return lineage


class Package(NamedTuple):
    """What is to be known of a bundle from outside.

    Args:
        size: in bytes, all files.
        signature: names of the inputs in the registry's signature; `None` where it has none.
    """

    size: int
    signature: tuple[str, ...] | None


class Evidence(NamedTuple):
    """All that a verdict is made of.

    Args:
        problem: declares the gates.
        test: the test part.
        candidate: the model to be judged.
        package: its bundle.
        reigning: the model in production; `None` where there is none to compare with.
        absence: why there is none to compare with.
        bootstrap: of the test rows, shared by all gates.
    """

    problem: Problem
    test: TestPart
    candidate: Judged
    package: Package
    reigning: Judged | None
    absence: Text
    bootstrap: Bootstrap


def resamples(test: TestPart, settings: Settings) -> Bootstrap:
    """Return the bootstrap of the test rows."""
    rows = test.rows
    return Bootstrap(rows.groups, rows.outcomes, settings.bootstrap_replicates, settings.seed)


def ask(model: LoadedModel, records: pa.Table) -> Judged:
    """Ask a model about records as the service does.

    Args:
        model: a loaded bundle.
        records: texts by input column.
    """
    names = [column.name for column in model.schema.inputs if column.name in records.column_names]
    listed: list[dict[str, str]] = records.select(names).to_pylist()
    parts = [listed[start : start + _BATCH] for start in range(0, len(listed), _BATCH)]
    return Judged(model, np.concatenate([_answers(model, part) for part in parts]))


def _answers(model: LoadedModel, records: Sequence[Mapping[str, str]]) -> NDArray[np.float64]:
    try:
        return model.predict(records).probabilities
    except InvalidRecord as error:
        refused = {violation.record for violation in error.violations}
        if len(refused) == len(records):
            return np.full((len(records), len(model.schema.target.classes)), np.nan)
    accepted = [i for i in range(len(records)) if i not in refused]
    answers = model.predict([records[i] for i in accepted]).probabilities
    found = np.full((len(records), answers.shape[1]), np.nan)
    found[accepted] = answers
    return found
