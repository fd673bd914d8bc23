"""The evaluation of a logistic regression, compiled like that of trees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ml.bundle.kinds import Linear, Multinomial


@compiled(
    "void(float64[:,::1], float64[:,::1], float64[::1], float64[::1], int64[::1],"
    " float64[::1], float64[::1])"
)
def _add_terms(  # noqa: PLR0913, PLR0917 # flat arrays are what a compiled loop reads fastest
    rows: NDArray[np.float64],
    terms: NDArray[np.float64],
    margins: NDArray[np.float64],
    slopes: NDArray[np.float64],
    starts: NDArray[np.int64],
    steps: NDArray[np.float64],
    unknown: NDArray[np.float64],
) -> None:
    """Fill `terms`, (rows, inputs), and add each row's to its margin, input by input."""
    for i in range(len(rows)):
        for j in range(len(slopes)):
            x, first, count = rows[i, j], starts[j], starts[j + 1] - starts[j]
            if np.isnan(x):
                term = unknown[j]
            elif count == 0:
                term = slopes[j] * x
            elif 0 <= x < count:
                term = steps[first + np.int64(x)]
            else:
                term = unknown[j]
            terms[i, j] = term
            margins[i] += term


class LinearMargins:
    """A logistic regression, ready to be asked. It never changes.

    Args:
        linear: its parameters.
    """

    splits = 0
    outputs = 1

    def __init__(self, linear: Linear) -> None:
        terms = linear.terms
        self._intercept = linear.intercept
        self._means = np.array([term.mean for term in terms])
        self._parameters = (
            np.array([term.slope for term in terms]),
            np.cumsum([0, *(len(term.steps) for term in terms)]),
            np.array([step for term in terms for step in term.steps], dtype=np.float64),
            np.array([term.unknown for term in terms]),
        )

    def margins(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the margins, (rows,); a row's is the same bits alone and among others."""
        return self._evaluated(matrix)[1]

    def shap(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (rows, inputs + 1) SHAP values; the last is the base.

        Of a linear model they are each term's distance from its mean (Lundberg and Lee, "A
        unified approach to interpreting model predictions", 2017, corollary 1).
        """
        terms, _ = self._evaluated(matrix)
        base = np.full((len(matrix), 1), self._intercept + self._means.sum())
        return np.hstack([terms - self._means, base])

    def _evaluated(
        self, matrix: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        terms = np.empty(matrix.shape)
        margins = np.full(len(matrix), self._intercept)
        _add_terms(np.ascontiguousarray(matrix), terms, margins, *self._parameters)
        return terms, margins


class MultinomialMargins:
    """A logistic regression of more than two classes, ready to be asked. It never changes.

    Args:
        multinomial: its parameters.
    """

    splits = 0

    def __init__(self, multinomial: Multinomial) -> None:
        self._classes = [LinearMargins(linear) for linear in multinomial.classes]
        self.outputs = len(self._classes)

    def margins(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (rows, classes) margins; a row's are the same bits alone and among others."""
        return np.column_stack([one.margins(matrix) for one in self._classes])

    def shap(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (rows, classes, inputs + 1) SHAP values of each margin; the last is the base."""
        return np.stack([one.shap(matrix) for one in self._classes], axis=1)
