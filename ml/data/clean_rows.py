"""Clean rows: model-ready, by part, with the transformation that made them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import numpy as np

from ml.errors import NotEnoughData

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from ml.problems.problem import Problem

ROW_HASH, RECORD_KEY, GROUP_KEY, OUTCOME = "row_hash", "record_key", "group_key", "outcome"
BATCH = "batch_id"
KEYS = (ROW_HASH, RECORD_KEY, GROUP_KEY, OUTCOME)


class Transformation(msgspec.Struct, frozen=True, kw_only=True):
    """How the clean rows came to be.

    Args:
        data: whether they are real or synthetic.
        feature_map: the fitted parameters, as JSON types.
        feature_map_digest: SHA-256 of their JSON.
        data_hash: SHA-256 over the hashes of all raw rows used, in order.
        batches: the raw batches they came from.
        source: where those batches came from.
        source_digests: SHA-256 of the files that were delivered.
        split_salt: salt of the split by patient.
        code_digest: version of the code.
        rows: numbers of rows: `raw` and by part.
        quality: the quality report.
        drift: reference distributions of the training part.
    """

    data: Literal["real", "synthetic"]
    feature_map: dict[str, Any]
    feature_map_digest: str
    data_hash: str
    batches: tuple[str, ...]
    source: str
    source_digests: tuple[str, ...]
    split_salt: str
    code_digest: str
    rows: dict[str, int]
    quality: dict[str, Any]
    drift: dict[str, Any]


class CleanRows(NamedTuple):
    """One part of the clean data.

    Args:
        matrix: float64, (rows, features); NaN where unknown.
        outcomes: int64, (rows,): index of the class.
        groups: text, (rows,): the key that the split keeps together.
    """

    matrix: NDArray[np.float64]
    outcomes: NDArray[np.int64]
    groups: NDArray[np.str_]


class CleanBuild(NamedTuple):
    """What a clean build has made.

    Args:
        transformation: how.
        tables: keys, outcome and model inputs, by part.
        records: `row_hash`, `batch_id` and the inputs as texts, of the test part: what a
            model is judged on that was built with other parameters.
    """

    transformation: Transformation
    tables: Mapping[str, pa.Table]
    records: pa.Table


def of_table(table: pa.Table, features: tuple[str, ...]) -> CleanRows:
    """Return the rows of a part's table.

    Args:
        table: group key, outcome and features.
        features: names of the model's inputs, in order.
    """
    return CleanRows(
        matrix=np.column_stack([_floats(table[name]) for name in features]),
        outcomes=table[OUTCOME].to_numpy().astype(np.int64),
        groups=table[GROUP_KEY].to_numpy().astype(np.str_),
    )


def _floats(column: Any) -> NDArray[np.float64]:
    values: NDArray[np.float64] = column.to_numpy()
    return values


def not_built(problem: Problem) -> NotEnoughData:
    """Return the error of those who look for clean rows before any were built."""
    return NotEnoughData(
        f"{problem.name}: there are no clean rows yet; run the DAG clean_{problem.name}"
    )
