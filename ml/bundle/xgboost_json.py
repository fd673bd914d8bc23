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
    tree_info: list[int]


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

    def trees_of(self, output: int) -> list[Tree]:
        """Return an output's trees, in the order in which their leaves are added up."""
        model = self.gradient_booster.model or _Model([], [])
        return [t for t, of in zip(model.trees, model.tree_info, strict=True) if of == output]

    @property
    def base_scores(self) -> list[float]:
        """The prediction of each output before any tree."""
        found: list[float] = _NUMBERS.decode(self.learner_model_param.base_score)
        return found


class _Document(msgspec.Struct):
    learner: Learner


# Made at import: two threads that make msgspec look at one class at once end the process.
_DOCUMENT = msgspec.json.Decoder(_Document)
_NUMBERS = msgspec.json.Decoder(list[float])


def learner(booster: xgboost.Booster) -> Learner:
    """Return the booster's content.

    Raises:
        BundleInvalid: it does not consist of plain trees, some for each output.
    """
    raw = bytes(booster.save_raw("json"))
    try:
        found = _DOCUMENT.decode(raw).learner
        outputs = range(len(found.base_scores))
    except msgspec.ValidationError as error:
        raise BundleInvalid(f"the model is not made of trees that can be read: {error}") from error
    if found.gradient_booster.name != "gbtree" or not all(map(found.trees_of, outputs)):
        raise BundleInvalid("the model must consist of trees (gbtree), some for each output")
    return found
