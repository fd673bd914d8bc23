"""The clean step: from raw rows to model-ready rows, all fitted on the training part."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from ml.code_version import code_digest
from ml.data import clean_store, quality, raw_rows
from ml.data.clean_store import (
    BATCH,
    GROUP_KEY,
    OUTCOME,
    RECORD_KEY,
    ROW_HASH,
    CleanBuild,
    Transformation,
)
from ml.features.encoder import Encoder
from ml.features.fitting import fit
from ml.features.reference import reference

if TYPE_CHECKING:
    import sqlalchemy as sa

    from ml.data.raw_rows import RawRows
    from ml.features.parameters import FeatureMap
    from ml.problems.problem import Problem
    from ml.settings import Settings


def build(
    raw: sa.Engine, clean: sa.Engine, problem: Problem, settings: Settings, dag_run: str = ""
) -> Transformation:
    """Build the clean tables from all loaded raw batches and return what was done.

    Where the tables hold just that already, nothing is built.

    Raises:
        NotEnoughData: there is no usable row in some part.
        DataError: the quality report finds more rejected rows than the problem allows.
    """
    stored = raw_rows.read(raw, problem)
    built = clean_store.last(clean, problem)
    if built is not None and _is_of(built, stored, settings):
        return built
    made = transform(problem, stored, settings)
    clean_store.replace(clean, problem, made, dag_run)
    return made.transformation


def transform(problem: Problem, stored: RawRows, settings: Settings) -> CleanBuild:
    """Return the clean rows of raw ones, or raise as `build` does."""
    findings = quality.report(problem, stored.parts, stored.rows_read, stored.rows_rejected)
    quality.enforce(problem, findings)
    usable = {part: _in_scope(problem, rows) for part, rows in stored.parts.items()}
    feature_map = fit(problem, usable["train"])
    tables = {part: _clean(problem, feature_map, rows) for part, rows in usable.items()}
    transformation = Transformation(
        data=stored.kind,
        feature_map=msgspec.to_builtins(feature_map),
        feature_map_digest=feature_map.digest,
        data_hash=_data_hash(usable),
        batches=stored.batch_ids,
        source=stored.source,
        source_digests=stored.source_digests,
        split_salt=settings.split_salt,
        code_digest=code_digest(),
        rows={"raw": stored.rows, **{part: rows.num_rows for part, rows in tables.items()}},
        quality=findings,
        drift=reference(problem, usable["train"]),
    )
    records = usable["test"].select([ROW_HASH, BATCH, *(c.name for c in problem.inputs)])
    return CleanBuild(transformation, tables, records)


def _is_of(built: Transformation, stored: RawRows, settings: Settings) -> bool:
    """Tell whether a build came from these batches, this split and this code."""
    made_of = (built.batches, built.split_salt, built.code_digest)
    return made_of == (stored.batch_ids, settings.split_salt, code_digest())


def _in_scope(problem: Problem, rows: pa.Table) -> pa.Table:
    inside: Any = pc.invert(quality.out_of_scope(problem, rows))
    return rows.filter(inside)


def _clean(problem: Problem, feature_map: FeatureMap, rows: pa.Table) -> pa.Table:
    """Return keys, outcome and encoded features of raw rows."""
    matrix = Encoder(feature_map).table(rows)
    columns: dict[str, Any] = {
        ROW_HASH: rows[ROW_HASH],
        RECORD_KEY: rows[problem.record_key],
        GROUP_KEY: rows[problem.group_key],
        OUTCOME: _outcomes(problem, rows),
    }
    for i, name in enumerate(feature_map.names):
        columns[name] = pa.array(matrix[:, i], from_pandas=True)
    return pa.table(columns)


def _outcomes(problem: Problem, rows: pa.Table) -> pa.Array[Any]:
    """Return the index of each row's class."""
    target = problem.target
    index = {text: i for i, texts in enumerate(target.classes.values()) for text in texts}
    encoded: Any = rows[target.column].combine_chunks().dictionary_encode()
    by_code = pa.array([index[text] for text in encoded.dictionary.to_pylist()], pa.int16())
    found: pa.Array[Any] = by_code.take(encoded.indices)
    return found


def _data_hash(parts: dict[str, pa.Table]) -> str:
    """Return the SHA-256 over the row hashes of all parts, in the order of the hashes."""
    digest = hashlib.sha256()
    for part, rows in sorted(parts.items()):
        digest.update(part.encode())
        hashes: list[Any] = rows[ROW_HASH].to_pylist()
        digest.update("".join(hashes).encode())
    return digest.hexdigest()
