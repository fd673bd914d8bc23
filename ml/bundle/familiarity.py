"""Whether a model has met the values of a record often enough to know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.problems.contract import Number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml.bundle.content import Content


class Familiarity:
    """The categories and codes that were common where the model learned.

    The reference of the training part folds a value of few rows into the rest, so that no
    count points at a patient; what it does not list is rare.

    Args:
        content: the bundle's parts.
    """

    def __init__(self, content: Content) -> None:
        self._columns = [
            (column, frozenset(map(_plain, content.drift[column.name]["counts"])))
            for column in content.schema.inputs
            if not isinstance(column, Number) and column.name in content.drift
        ]

    def rare(self, record: Mapping[str, object], missing: Sequence[str]) -> tuple[str, ...]:
        """Return the inputs whose values few training rows hold; a missing one is not rare.

        Args:
            record: raw values within the contract.
            missing: names of the inputs that are absent or not known.
        """
        return tuple(
            column.name
            for column, common in self._columns
            if column.name not in missing
            and _plain(str(column.read(record[column.name]))) not in common
        )


def _plain(value: str) -> str:
    """Return a code without leading zeros, which some sources drop: `038` and `38` are one."""
    return value.lstrip("0")
