"""What a problem declares about the search for its model."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Kind: TypeAlias = Literal["logistic_regression", "random_forest", "xgboost"]
Parameters: TypeAlias = dict[str, float]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One model of a recipe: its kind and its complete parameters."""

    kind: Kind
    parameters: Parameters


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """From where to where a parameter is looked for, both included.

    Args:
        low: the smallest value.
        high: the largest.
        log: whether it is drawn on the scale of its logarithm.
        whole: whether it is a whole number.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of model and where its best parameters are looked for.

    Args:
        kind: which.
        start: the parameters of the first trial, complete; those that `space` does not name
            stay as they are.
        space: the parameters that are searched.
        trials: how many trials each generation has. Those of a generation are chosen by what
            the generations before it found, so that they may run in any order, side by side.
    """

    kind: Kind
    start: Parameters
    space: dict[str, Range]
    trials: tuple[int, ...]


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """The search for a problem's model.

    Args:
        candidates: what is compared.
        tolerance: of two models whose log-loss differs by less, the one that is evaluated
            faster is taken.
        pays: how much lower the log-loss of an ensemble must be to be worth its time.
    """

    candidates: tuple[Candidate, ...]
    tolerance: float = 1e-4
    pays: float = 1e-3

    @property
    def generations(self) -> int:
        """How many generations there are."""
        return max(len(candidate.trials) for candidate in self.candidates)


# What suits a table of some thousand to some hundred thousand rows.
LOGISTIC_REGRESSION = Candidate(
    kind="logistic_regression",
    start={"inverse_penalty": 0.01},
    space={"inverse_penalty": Range(low=1e-4, high=1.0, log=True)},
    trials=(3, 2),
)
RANDOM_FOREST = Candidate(
    kind="random_forest",
    start={
        "trees": 100,
        "max_depth": 8,
        "min_child_weight": 4.0,
        "row_share": 0.7,
        "column_share": 0.25,
    },
    space={
        "max_depth": Range(low=5, high=9, whole=True),
        "min_child_weight": Range(low=1.0, high=20.0, log=True),
        "row_share": Range(low=0.4, high=0.9),
        "column_share": Range(low=0.1, high=0.5),
    },
    trials=(3, 2),
)
XGBOOST = Candidate(
    kind="xgboost",
    start={
        "rounds": 350,
        "eta": 0.05,
        "max_depth": 5,
        "min_child_weight": 8.0,
        "row_share": 0.85,
        "column_share": 0.6,
        "reg_lambda": 3.5,
    },
    space={
        # Bolder rates look well on one validation part and are forgotten by the next.
        "eta": Range(low=0.03, high=0.06, log=True),
        # Deeper trees rank no better, and a prediction decides every split of them.
        "max_depth": Range(low=4, high=6, whole=True),
        "min_child_weight": Range(low=3.0, high=40.0, log=True),
        "row_share": Range(low=0.7, high=1.0),
        "column_share": Range(low=0.4, high=0.9),
        "reg_lambda": Range(low=0.5, high=20.0, log=True),
    },
    trials=(8, 8, 8),
)
SEARCH = Search(candidates=(LOGISTIC_REGRESSION, RANDOM_FOREST, XGBOOST))
