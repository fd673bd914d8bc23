"""XGBoost's JSON model schema, as far as the evaluation of trees needs it.

https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ml.errors import BundleInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xgboost


class Tree(msgspec.Struct):
    """One tree; a list named after nodes or children has an entry for each node."""

    left_children: list[int]
    right_children: list[int]
    split_indices: list[int]
    split_conditions: list[float]
    default_left: list[int]
    categories: list[int]
    categories_nodes: list[int]
    categories_segments: list[int]
    categories_sizes: list[int]

    def right_categories(self) -> Iterator[tuple[int, list[int]]]:
        """Yield each categorical split's node with the categories that go right."""
        for node, start, size in zip(
            self.categories_nodes, self.categories_segments, self.categories_sizes, strict=True
        ):
            yield node, self.categories[start : start + size]

    def depth(self) -> int:
        """Return the number of splits on the longest way to a leaf."""
        depths = [0] * len(self.left_children)
        # A child's number is above its parent's.
        for node, children in enumerate(zip(self.left_children, self.right_children, strict=True)):
            for child in children:
                if child >= 0:
                    depths[child] = depths[node] + 1
        return max(depths)


class _Model(msgspec.Struct):
    trees: list[Tree]


class _GradientBooster(msgspec.Struct):
    name: str
    model: _Model | None = None


class Objective(msgspec.Struct):
    """The objective that the model was trained for."""

    name: str


class _Parameters(msgspec.Struct):
    base_score: str


class Learner(msgspec.Struct):
    """The model: its trees, its objective, and the prediction that they start from."""

    gradient_booster: _GradientBooster
    objective: Objective
    learner_model_param: _Parameters

    @property
    def trees(self) -> list[Tree]:
        """The trees, in the order in which their leaves are added up."""
        model = self.gradient_booster.model
        return model.trees if model else []

    @property
    def base_score(self) -> float:
        """The prediction before any tree; one number in brackets since XGBoost 3.1."""
        (score,) = _NUMBERS.decode(self.learner_model_param.base_score)
        return float(score)


class _Document(msgspec.Struct):
    learner: Learner


# Made at import: two threads that make msgspec look at one class at once end the process.
_DOCUMENT = msgspec.json.Decoder(_Document)
_NUMBERS = msgspec.json.Decoder(list[float])


def learner(booster: xgboost.Booster) -> Learner:
    """Return the booster's content.

    Raises:
        BundleInvalid: it does not consist of plain trees with one output.
    """
    raw = bytes(booster.save_raw("json"))
    try:
        found = _DOCUMENT.decode(raw).learner
        outputs = len(_NUMBERS.decode(found.learner_model_param.base_score))
    except msgspec.ValidationError as error:
        raise BundleInvalid(f"the model is not made of trees that can be read: {error}") from error
    if found.gradient_booster.name != "gbtree" or outputs != 1 or not found.trees:
        raise BundleInvalid("the model must consist of trees (gbtree) with one output")
    return found
