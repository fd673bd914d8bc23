"""Gradient-boosted trees (Chen and Guestrin, "XGBoost: A scalable tree boosting system", 2016)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import xgboost

from ml.training.candidates.trees import common

if TYPE_CHECKING:
    from ml.problems.candidates import Parameters
    from ml.training.candidates.lesson import Lesson

# Rounds without a better log-loss after which no better one is expected.
_PATIENCE = 40
_EVALUATED = "validation"
_TWO = 2


class Watch(Protocol):
    """Looks on while trees are added."""

    def __call__(self, rounds: int, log_loss: float) -> bool:
        """Return whether to give up, told the validation log-loss after so many rounds."""


class Rounds(xgboost.callback.TrainingCallback):
    """Finds the number of rounds, and ends a fit that gets no better or is given up.

    Args:
        watch: asked after each round.
    """

    def __init__(self, watch: Watch) -> None:
        self.best = 0
        self.log_loss = float("inf")
        self.given_up = False
        self._watch = watch

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Return whether to stop."""
        del model  # the callback's signature is XGBoost's
        (losses,) = evals_log[_EVALUATED].values()
        rounds, log_loss = epoch + 1, float(losses[-1])
        if log_loss < self.log_loss:
            self.best, self.log_loss = rounds, log_loss
        self.given_up = self._watch(rounds, log_loss)
        return self.given_up or rounds - self.best >= _PATIENCE


def fit_boosted(lesson: Lesson, parameters: Parameters) -> xgboost.Booster:
    """Fit boosted trees for the probability of the last of two classes, or of each of more.

    Args:
        lesson: what to learn from; the same rows and seed give the same bytes.
        parameters: `rounds`, `eta` (the share of a step that is taken), `max_depth`,
            `min_child_weight` (hessian sum of a leaf), `reg_lambda` (penalty on the squares
            of leaves), and the shares of rows and of columns (`row_share`, `column_share`)
            that a tree or a split may use.
    """
    rounds = int(parameters["rounds"])
    return xgboost.train(_settings(lesson, parameters), lesson.quantiles, num_boost_round=rounds)


def fit_until_best(lesson: Lesson, parameters: Parameters, watch: Watch) -> xgboost.Booster | None:
    """Fit as many rounds, up to those of `parameters`, as give the lowest validation log-loss.

    They are the very trees that `fit_boosted` gives with that number of rounds.

    Args:
        lesson: what to learn from.
        parameters: as for `fit_boosted`.
        watch: may give the fit up; the answer is then `None`.
    """
    found, metric = Rounds(watch), "logloss" if lesson.classes == _TWO else "mlogloss"
    booster = xgboost.train(
        {**_settings(lesson, parameters), "eval_metric": metric},
        lesson.quantiles,
        num_boost_round=int(parameters["rounds"]),
        evals=[(lesson.validation_quantiles, _EVALUATED)],
        callbacks=[found],
        verbose_eval=False,
    )
    return None if found.given_up else booster[: found.best]


def _settings(lesson: Lesson, parameters: Parameters) -> dict[str, Any]:
    return {
        **common(lesson, parameters),
        "eta": parameters["eta"],
        "reg_lambda": parameters["reg_lambda"],
    }
