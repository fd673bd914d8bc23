"""The rows: the real ones that scikit-learn ships, and synthetic ones in their likeness."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from sklearn.datasets import load_breast_cancer

from ml.problems.breast_cancer.columns import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MALIGNANT = 0  # scikit-learn's own code
# Some measures are 0, which has no logarithm.
_SMALLEST = 1e-4
_DIGITS = 5  # significant ones, about as many as the original has
# Samples of the generator have numbers that no sample of the original has.
_FIRST_SYNTHETIC = 10**9


def original() -> pa.Table:
    """Return the 569 samples as text columns, in scikit-learn's order."""
    measures, malignant = _original()
    numbers = range(1, len(malignant) + 1)
    return _table([f"{number}" for number in numbers], measures, malignant)


def generate(rows: int, seed: int) -> pa.Table:
    """Return `rows` synthetic samples as text columns, the same for the same `seed`.

    The logarithms of the measures are drawn from the normal distribution that the original
    has within the class, so that no row is anybody's.
    """
    generator = np.random.default_rng(seed)
    measures, malignant = _original()
    logarithms = np.log(measures + _SMALLEST)
    drawn = generator.random(rows) < malignant.mean()
    found = np.empty((rows, len(MEASURES)))
    for of_class in (False, True):
        known = logarithms[malignant == of_class]
        made = generator.multivariate_normal(known.mean(0), np.cov(known.T), rows)
        found[drawn == of_class] = np.exp(made[drawn == of_class]) - _SMALLEST
    bounds = [column.maximum for column in MEASURES]
    names = [f"{_FIRST_SYNTHETIC + number}" for number in range(rows)]
    return _table(names, _rounded(np.clip(found, 0, bounds)), drawn)


@cache
def _original() -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (samples, measures) and whether each sample is malignant."""
    found = load_breast_cancer()
    return found.data, found.target == _MALIGNANT


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([[float(f"{value:.{_DIGITS}g}") for value in row] for row in values])


def _table(
    samples: Sequence[str], measures: NDArray[np.float64], malignant: NDArray[np.bool_]
) -> pa.Table:
    named = {
        column.name: pa.array(map(repr, values), pa.string())
        for column, values in zip(MEASURES, measures.T.tolist(), strict=True)
    }
    diagnosis = ["M" if each else "B" for each in malignant]
    return pa.table({"sample": pa.array(samples), **named, "diagnosis": pa.array(diagnosis)})
