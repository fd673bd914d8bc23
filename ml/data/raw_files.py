"""Raw rows straight from a delivery's cached file, for those who have no raw store.

What PostgreSQL does when batches are loaded (`ml.data.load`, `ml.data.merge`) is done here in
memory: the same rows come out, under the same hashes, in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.data.batches import batches_of
from ml.data.contract import check
from ml.data.delivery import read_batch
from ml.data.raw_rows import RawRows, trimmed
from ml.data.row_hash import row_hashes
from ml.data.split import PARTS, parts
from ml.errors import NotEnoughData

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.data.batches import BatchPlan
    from ml.data.delivery import Delivery
    from ml.problems.problem import Problem

_HASH, _BATCH = "row_hash", "batch_id"


def read(problem: Problem, delivery: Delivery, salt: str) -> RawRows:
    """Check, split and order the rows of one delivery.

    Args:
        problem: whose rows.
        delivery: what `ml.data.source.fetch` returned.
        salt: of the split.

    Raises:
        NotEnoughData: no row keeps the contract.
        SourceUnavailable: the cache was cleared since the source was fetched.
    """
    plans = batches_of(problem, delivery)
    accepted = pa.concat_tables([_accepted(problem, plan) for plan in plans])
    if not accepted.num_rows:
        raise NotEnoughData(f"{problem.name}: no row of {delivery.source} keeps the contract")
    first = _first_of_key(accepted[problem.record_key])
    hashes = np.array(accepted[_HASH].to_pylist())
    # A key that came before with other values: its row is rejected, not a duplicate.
    conflicts = int((hashes != hashes[first]).sum())
    rows = accepted.take(np.flatnonzero(first == np.arange(len(first)))).sort_by(_HASH)
    part = parts(rows[problem.group_key].combine_chunks(), salt)
    split: dict[str, pa.Table] = {name: rows.filter(_is(part, name)) for name in PARTS}
    return RawRows(
        kind=delivery.kind,
        parts={name: trimmed(problem, table) for name, table in split.items()},
        batch_ids=tuple(plan.batch_id for plan in plans),
        source=delivery.source,
        source_digests=(delivery.digest,),
        rows_read=delivery.rows,
        rows_rejected=delivery.rows - accepted.num_rows + conflicts,
    )


def _accepted(problem: Problem, plan: BatchPlan) -> pa.Table:
    rows = check(problem, read_batch(plan.parquet, plan.index)).accepted
    kept = rows.select(list(problem.names)).add_column(0, _BATCH, [[plan.batch_id] * len(rows)])
    return kept.add_column(0, _HASH, row_hashes(rows, problem.names))


def _first_of_key(keys: Any) -> NDArray[np.intp]:
    """Return for each row the place of the first one with its key."""
    codes = keys.combine_chunks().dictionary_encode().indices.to_numpy()
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    found: NDArray[np.intp] = first[inverse]
    return found


def _is(part: pa.StringArray, name: str) -> Any:
    return pc.equal(part, pa.scalar(name))
