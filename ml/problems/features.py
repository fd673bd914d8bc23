"""What a problem declares about its model inputs: features as data, never as code.

A declaration is fitted on the training part and stored as JSON in the bundle, so that an
old bundle keeps its meaning whatever the repository says today.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class CodeGroup(msgspec.Struct, frozen=True):
    """A named group of codes, given as ranges of their leading part.

    Args:
        name: short name of the group.
        ranges: pairs of first and last code, both included, compared by their integer
            part: `("250", "250")` holds 250.83. Codes with a letter are compared within
            that letter: `("V10", "V19")`.
    """

    name: str
    ranges: tuple[tuple[str, str], ...]


class Quantity(msgspec.Struct, frozen=True, kw_only=True, tag="quantity"):
    """A number column as it is, or a category with a number for each of its levels."""

    column: str
    levels: dict[str, float] | None = None

    @property
    def name(self) -> str:
        """The feature is called after its column."""
        return self.column


class Coded(msgspec.Struct, frozen=True, kw_only=True, tag="coded"):
    """A category or code as one native category of the model.

    Args:
        column: the column that holds it.
        alias: the feature's name, the column's where empty.
        groups: fold codes into these groups (first match wins); a code in none of them is
            "other".
        whole_part: fold codes by what stands before the point: 250.83 becomes 250.
        minimum_count: rarer values of the training part are folded into "other".
    """

    column: str
    alias: str = ""
    groups: tuple[CodeGroup, ...] = ()
    whole_part: bool = False
    minimum_count: int = 50

    @property
    def name(self) -> str:
        """The feature's name."""
        return self.alias or self.column


class Count(msgspec.Struct, frozen=True, kw_only=True, tag="count"):
    """How many of the columns hold one of the values, or a code of the groups."""

    name: str
    columns: tuple[str, ...]
    values: frozenset[str] = frozenset()
    groups: tuple[CodeGroup, ...] = ()
    at_most: int | None = None


class Total(msgspec.Struct, frozen=True, kw_only=True, tag="total"):
    """The sum of number columns; unknown where one of them is."""

    name: str
    columns: tuple[str, ...]


class Ratio(msgspec.Struct, frozen=True, kw_only=True, tag="ratio"):
    """One quantity or total divided by another; unknown where the divisor is 0."""

    name: str
    over: str
    under: str


Feature: TypeAlias = Quantity | Coded | Count | Total | Ratio
