"""Fitting of the declared features on the training part, and on nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow.compute as pc

from ml.errors import NotEnoughData
from ml.features.contributions import category
from ml.features.encoder import Encoder
from ml.features.parameters import NUMERIC, FeatureMap, Fitted
from ml.problems.features import Coded

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from numpy.typing import NDArray

    from ml.problems.contract import Value
    from ml.problems.problem import Problem


def fit(problem: Problem, training: pa.Table) -> FeatureMap:
    """Learn vocabularies, means and scales from the training rows.

    Args:
        problem: declares the features.
        training: text columns of the training part, in scope and within the contract.

    Raises:
        NotEnoughData: there is no training row.
    """
    if training.num_rows == 0:
        raise NotEnoughData(
            f"{problem.name}: no training row is left after the contract and the scope were "
            f"applied; ingest more data, or look into raw_rejected for the reasons"
        )
    features = tuple(
        Fitted(feature=feature, vocabulary=_vocabulary(problem, feature, training))
        if isinstance(feature, Coded)
        else Fitted(feature=feature)
        for feature in problem.features
    )
    unscaled = FeatureMap(inputs=problem.inputs, missing=problem.source.missing, features=features)
    return _scaled(unscaled, training)


def _vocabulary(problem: Problem, coded: Coded, training: pa.Table) -> tuple[str, ...]:
    """Return the frequent categories, most frequent first, ties in alphabetical order."""
    read = _reader(problem, coded.column)
    counts: dict[str, int] = {}
    present = training[coded.column].drop_null()
    for raw, count in zip(*pc.value_counts(present).flatten(), strict=True):
        value = read(raw.as_py())
        found = None if value is None else category(coded, str(value))
        if found is not None:
            counts[found] = counts.get(found, 0) + count.as_py()
    frequent = (name for name, count in counts.items() if count >= coded.minimum_count)
    return tuple(sorted(frequent, key=lambda name: (-counts[name], name)))


def _reader(problem: Problem, name: str) -> Callable[[object], Value]:
    return next(column.read for column in problem.inputs if column.name == name)


def _scaled(unscaled: FeatureMap, training: pa.Table) -> FeatureMap:
    matrix = Encoder(unscaled).table(training)
    features = tuple(
        _standardised(fitted, matrix[:, i]) if fitted.kind == NUMERIC else fitted
        for i, fitted in enumerate(unscaled.features)
    )
    scaled = msgspec.structs.replace(unscaled, features=features)
    # As it is read back, where a bound that was declared as 0 is 0.0: one digest for both.
    return msgspec.convert(msgspec.to_builtins(scaled), FeatureMap)


def _standardised(fitted: Fitted, values: NDArray[np.float64]) -> Fitted:
    # Sorted, so that the sums do not depend on the rows' order, not even in the last bit.
    known = np.sort(values[~np.isnan(values)])
    if known.size == 0:
        return fitted
    return msgspec.structs.replace(
        fitted, mean=float(known.mean()), scale=float(known.std()) or 1.0
    )
