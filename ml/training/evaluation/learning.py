"""The learning curve: whether more data would help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.bundle.evaluation import LearningPoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ml.data.clean_store import CleanRows

    # From model inputs (rows, features) to probabilities (rows, classes).
    Score = Callable[[NDArray[np.float64]], NDArray[np.float64]]

# Each share costs a fit.
_SHARES = (0.1, 0.3)
_SMALLEST = 1e-15


def learning_curve(
    fit: Callable[[CleanRows], Score],
    score: Score,
    training: CleanRows,
    validation: CleanRows,
    seed: int,
) -> tuple[LearningPoint, ...]:
    """Return the log-loss on the rows learned from and on the validation part.

    The test part is not touched. What a fit and its calibration see of the validation part
    is the same for every share, so that the points can be compared.

    Args:
        fit: learns from rows; called for growing shares of the patients.
        score: what has been learned from all of them.
        training: the training part.
        validation: the validation part.
        seed: seed of the choice of patients.
    """
    patients, members = np.unique(training.groups, return_inverse=True)
    place = np.random.default_rng(seed).permutation(len(patients))[members]
    shares = [_some(training, place < share * len(patients)) for share in _SHARES]
    points = [_point(fit(rows), rows, validation) for rows in shares]
    return (*points, _point(score, training, validation))


def _some(rows: CleanRows, kept: NDArray[np.bool_]) -> CleanRows:
    return rows._replace(
        matrix=rows.matrix[kept], outcomes=rows.outcomes[kept], groups=rows.groups[kept]
    )


def _point(score: Score, rows: CleanRows, validation: CleanRows) -> LearningPoint:
    return LearningPoint(
        rows=len(rows.outcomes),
        training=_log_loss(score(rows.matrix), rows.outcomes),
        validation=_log_loss(score(validation.matrix), validation.outcomes),
    )


def _log_loss(probabilities: NDArray[np.float64], outcomes: NDArray[np.int64]) -> float:
    happened = probabilities[np.arange(len(outcomes)), outcomes]
    return float(-np.log(np.clip(happened, _SMALLEST, 1)).mean())
