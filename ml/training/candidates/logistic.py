"""A logistic regression with a step for each category and for each input that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from ml.bundle import Linear, Term
from ml.features.parameters import CATEGORICAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ml.features import FeatureMap
    from ml.problems.candidates import Parameters
    from ml.training.candidates.lesson import Lesson

# It takes some hundred where categories are rare and the penalty is small.
_MOST_ITERATIONS = 2000


class _Block(NamedTuple):
    """The columns of one input: its number or its categories' steps, and "not known"."""

    first: int
    steps: int  # 0 for a number

    @property
    def unknown(self) -> int:
        return self.first + max(self.steps, 1)


def fit_logistic(lesson: Lesson, parameters: Parameters) -> Linear:
    """Fit a logistic regression for the probability of the last class.

    Args:
        lesson: what to learn from; its numbers are standardised already.
        parameters: `inverse_penalty`, the inverse of the weight of the squared coefficients.
    """
    blocks = _blocks(lesson.feature_map)
    regression = LogisticRegression(
        C=parameters["inverse_penalty"], max_iter=_MOST_ITERATIONS, tol=1e-5
    )
    # Several threads would add in another order, and the last bits would depend on it.
    with threadpool_limits(1):
        regression.fit(_columns(lesson.shown, blocks), lesson.outcomes, lesson.weights)
    terms = _terms(regression.coef_[0], blocks)
    means = _columns(lesson.training.matrix, blocks).mean(axis=0)
    added = np.asarray(means).ravel() * regression.coef_[0]
    return Linear(
        intercept=float(regression.intercept_[0]),
        terms=tuple(
            Term(
                slope=term.slope,
                steps=term.steps,
                unknown=term.unknown,
                mean=float(added[block.first : block.unknown + 1].sum()),
            )
            for term, block in zip(terms, blocks, strict=True)
        ),
    )


def _blocks(feature_map: FeatureMap) -> list[_Block]:
    blocks, first = [], 0
    for fitted in feature_map.features:
        # The code after the vocabulary's is "other".
        steps = len(fitted.vocabulary) + 1 if fitted.kind == CATEGORICAL else 0
        blocks.append(_Block(first, steps))
        first = blocks[-1].unknown + 1
    return blocks


def _columns(matrix: NDArray[np.float64], blocks: Sequence[_Block]) -> sparse.csr_matrix:
    """Return (rows, columns of all blocks); most are 0."""
    known = ~np.isnan(matrix)
    firsts = np.array([block.first for block in blocks])
    coded = np.array([block.steps > 0 for block in blocks])
    codes = np.where(known & coded, matrix, 0.0).astype(np.int64)
    unknown = np.array([block.unknown for block in blocks])
    places = np.where(known, firsts + codes, unknown)
    values = np.where(known & ~coded, matrix, 1.0)
    starts = np.arange(0, matrix.size + 1, matrix.shape[1])
    shape = (len(matrix), blocks[-1].unknown + 1)
    return sparse.csr_matrix((values.ravel(), places.ravel(), starts), shape=shape)


def _terms(coefficients: NDArray[np.float64], blocks: Sequence[_Block]) -> list[Term]:
    found = coefficients.tolist()
    return [
        Term(
            slope=0.0 if block.steps else found[block.first],
            steps=tuple(found[block.first : block.first + block.steps]),
            unknown=found[block.unknown],
        )
        for block in blocks
    ]
