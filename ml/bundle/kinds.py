"""What a bundle's model consists of: members whose margins are added up, all of it data.

The margin of a model is `intercept + sum(weight * margin of the member)`, on the scale of
log-odds. So a mean of several calibrated models is one more model of the same kind, and
SHAP values of the members add up to those of the whole. Of more than two classes there is a
margin for each, the logarithm of its probability but for what all of them share.
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


class Multinomial(msgspec.Struct, frozen=True, kw_only=True, tag="multinomial"):
    """A logistic regression of more than two classes.

    Args:
        classes: what gives each class its margin, in the order of the classes.
        weight: of all margins.
    """

    classes: tuple[Linear, ...]
    weight: float = 1.0


Member: TypeAlias = Grown | Linear | Multinomial


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """The members, and what their weighted sum starts from, of more than two classes for each."""

    members: tuple[Member, ...]
    intercept: float | tuple[float, ...] = 0.0

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that the members need."""
        return tuple(member.file for member in self.members if isinstance(member, Grown))
