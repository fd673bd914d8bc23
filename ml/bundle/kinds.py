"""What a bundle's model consists of: members whose margins are added up, all of it data.

The margin of a model is `intercept + sum(weight * margin of the member)`, on the scale of
log-odds. So a mean of several calibrated models is one more model of the same kind, and
SHAP values of the members add up to those of the whole.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Grown(msgspec.Struct, frozen=True, kw_only=True, tag="trees"):
    """Trees in XGBoost's native binary JSON: boosted ones, or a forest.

    Args:
        file: name of the bundle's file that holds them.
        weight: of its margin.
    """

    file: str
    weight: float = 1.0


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """What one input adds to a linear model's margin.

    Args:
        slope: for each unit of a number.
        steps: of each category by its code; empty for a number.
        unknown: where the input is not known, or a code that has no step.
        mean: mean of what it adds on the training part, for explanations.
    """

    slope: float = 0.0
    steps: tuple[float, ...] = ()
    unknown: float = 0.0
    mean: float = 0.0


class Linear(msgspec.Struct, frozen=True, kw_only=True, tag="linear"):
    """A logistic regression: one term for each input.

    Args:
        intercept: the margin before any term.
        terms: in the order of the model's inputs.
        weight: of its margin.
    """

    intercept: float
    terms: tuple[Term, ...]
    weight: float = 1.0


Member: TypeAlias = Grown | Linear


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """The members, and what their weighted sum starts from."""

    members: tuple[Member, ...]
    intercept: float = 0.0

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that the members need."""
        return tuple(member.file for member in self.members if isinstance(member, Grown))
