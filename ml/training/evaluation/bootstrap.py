"""The bootstrap by patient: resamples as row weights, many at once.

Rows of one patient are not independent of one another, so whole patients are drawn (Field
and Welsh, "Bootstrapping clustered data", Journal of the Royal Statistical Society B 69,
2007). A statistic is a function of row weights; the data as they are have weights of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.bundle import Interval
from ml.errors import NotEnoughData

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Weights = NDArray[np.float64]
    # From weights (resamples, rows) to values (resamples, statistics).
    Statistic = Callable[[Weights], NDArray[np.float64]]

# Weights that are held at once: 32 MB.
_BLOCK_VALUES = 4_000_000
# A resample without an outcome of some class is drawn again, so often at most.
_DRAWS = 100
_INTERVAL = (0.025, 0.975)


class Bootstrap:
    """Resamples of the patients of some rows.

    Two statistics that are computed on the same bootstrap are paired: their differences in
    each resample are of the same patients.

    Args:
        groups: (rows,) key of the patient.
        outcomes: (rows,) index of the class; every resample holds all that occur.
        replicates: number of resamples.
        seed: seed of the resampling.

    Raises:
        NotEnoughData: a class has so few patients that resamples keep missing it.
    """

    def __init__(
        self, groups: NDArray[np.str_], outcomes: NDArray[np.int64], replicates: int, seed: int
    ) -> None:
        patients, members = np.unique(groups, return_inverse=True)
        self._members: NDArray[np.intp] = members
        drawn = _draw(members, len(patients), outcomes, replicates, np.random.default_rng(seed))
        self._counts = np.vstack([np.ones(len(patients), dtype=np.uint16), drawn])

    def subset(self, rows: NDArray[np.intp]) -> Bootstrap:
        """Return the same resamples of some of the rows; they may lack an outcome."""
        part = object.__new__(Bootstrap)
        part._counts, part._members = self._counts, self._members[rows]  # our own
        return part

    def values(self, statistic: Statistic) -> NDArray[np.float64]:
        """Return (1 + replicates, statistics): of the data as they are, then of resamples."""
        return np.concatenate([statistic(weights) for weights in self._weights()])

    def intervals(self, names: Sequence[str], statistic: Statistic) -> dict[str, Interval]:
        """Return each value with its 95 % interval; see `summary`."""
        return summary(names, self.values(statistic))

    def _weights(self) -> Iterator[Weights]:
        size = max(1, _BLOCK_VALUES // max(1, self._members.size))
        for start in range(0, len(self._counts), size):
            yield self._counts[start : start + size][:, self._members].astype(np.float64)


def summary(names: Sequence[str], values: NDArray[np.float64]) -> dict[str, Interval]:
    """Return each value with its 95 % percentile interval.

    A value that cannot be computed on the data as they are is left out; resamples in which
    it cannot be computed do not count.

    Args:
        names: of the statistics.
        values: (1 + replicates, statistics), as `Bootstrap.values` returns them.
    """
    known = np.isfinite(values[0]) & np.isfinite(values[1:]).any(axis=0)
    found = np.where(np.isfinite(values[:, known]), values[:, known], np.nan)
    low, high = np.nanquantile(found[1:], _INTERVAL, axis=0)
    intervals = map(Interval, found[0].tolist(), low.tolist(), high.tolist())
    return dict(zip(np.array(names)[known].tolist(), intervals, strict=True))


def _draw(
    members: NDArray[np.intp],
    patients: int,
    outcomes: NDArray[np.int64],
    replicates: int,
    generator: np.random.Generator,
) -> NDArray[np.uint16]:
    """Return (replicates, patients): how often each patient was drawn."""
    classes = [np.unique(members[outcomes == each]) for each in np.unique(outcomes)]
    found: list[NDArray[np.uint16]] = []
    for _ in range(_DRAWS * replicates):
        if len(found) == replicates:
            return np.array(found)
        chosen = generator.integers(0, patients, patients)
        counts = np.bincount(chosen, minlength=patients).astype(np.uint16)
        if all(counts[holders].any() for holders in classes):
            found.append(counts)
    raise NotEnoughData(
        "an outcome occurs in so few patients that resamples keep missing it: no interval can "
        "be told; ingest more data"
    )
