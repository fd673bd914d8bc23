"""What one raw value of one column adds to the features that are made of it.

Every feature but a ratio is a sum over columns of a number that depends on one column's
value alone. So a column needs a single table from value to numbers, and a batch is encoded
by adding up table rows: the same numbers, in the same order, for one record or a million.
"""

from __future__ import annotations

import math

from ml.features.codes import group_of, whole_part
from ml.features.parameters import Fitted
from ml.problems.contract import Value
from ml.problems.features import Coded, Count, Quantity, Ratio, Total


def columns_of(fitted: Fitted) -> tuple[str, ...]:
    """Return the raw columns that add to a feature; none for a ratio."""
    match fitted.feature:
        case Quantity(column=column) | Coded(column=column):
            return (column,)
        case Count(columns=columns) | Total(columns=columns):
            return columns
        case Ratio():
            return ()


def contribution(fitted: Fitted, value: Value) -> float:
    """Return what a column's value adds to the feature, NaN where that is unknown."""
    match fitted.feature:
        case Count() as count:
            return float(_counts(count, value))
        case Coded() as coded:
            return _code(coded, fitted.vocabulary, value)
        case Quantity(levels=levels):
            return _quantity(levels, value)
        case _:
            return _quantity(None, value)


def category(coded: Coded, value: str) -> str | None:
    """Return the category that a raw value falls into, `None` for "other"."""
    if coded.groups:
        return group_of(value, coded.groups)
    return whole_part(value) if coded.whole_part else value


def _counts(count: Count, value: Value) -> bool:
    if value is None:
        return False
    return str(value) in count.values or group_of(str(value), count.groups) is not None


def _code(coded: Coded, vocabulary: tuple[str, ...], value: Value) -> float:
    if value is None:
        return math.nan
    found = category(coded, str(value))
    return float(vocabulary.index(found) if found in vocabulary else len(vocabulary))


def _quantity(levels: dict[str, float] | None, value: Value) -> float:
    if value is None:
        return math.nan
    return float(value) if levels is None else levels.get(str(value), math.nan)
