"""A logistic regression with a step for each category and for each input that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from ml.bundle import Linear, Multinomial, Term
from ml.features.parameters import CATEGORICAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ml.features import FeatureMap
    from ml.problems.candidates import Parameters
    from ml.training.candidates.lesson import Lesson

# It takes some hundred where categories are rare and the penalty is small.
_MOST_ITERATIONS = 2000
_TWO = 2


class _Block(NamedTuple):
    """The columns of one input: its number or its categories' steps, and "not known"."""

    first: int
    steps: int  # 0 for a number

    @property
    def unknown(self) -> int:
        return self.first + max(self.steps, 1)


def fit_logistic(lesson: Lesson, parameters: Parameters) -> Linear | Multinomial:
    """Fit a logistic regression for the probability of the last of two classes, or of each.

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
    means = np.asarray(_columns(lesson.training.matrix, blocks).mean(axis=0)).ravel()
    if lesson.classes == _TWO:
        return _linear(regression.intercept_[0], regression.coef_[0], means, blocks)
    every = zip(*_every_class(regression, lesson), strict=True)
    return Multinomial(classes=tuple(_linear(*each, means, blocks) for each in every))


def _every_class(
    regression: LogisticRegression, lesson: Lesson
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (classes,) intercepts and (classes, columns) coefficients.

    A class that a few rows lack is as rare as they say, whatever the inputs.
    """
    intercepts = np.full(lesson.classes, np.log(lesson.priors).min())
    coefficients = np.zeros((lesson.classes, regression.coef_.shape[1]))
    # Of two classes there is one margin, the difference of theirs.
    halves = np.array([[-0.5], [0.5]]) if len(regression.coef_) == 1 else np.array(1.0)
    intercepts[regression.classes_] = (halves * regression.intercept_[None]).ravel()
    coefficients[regression.classes_] = halves * regression.coef_
    return intercepts, coefficients


def _linear(
    intercept: float,
    coefficients: NDArray[np.float64],
    means: NDArray[np.float64],
    blocks: Sequence[_Block],
) -> Linear:
    """Return one class's terms; `means` are those of the columns on the training part."""
    terms = _terms(coefficients, blocks)
    added = means * coefficients
    return Linear(
        intercept=float(intercept),
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
