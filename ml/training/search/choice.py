"""The choice: the best of each kind, the best of all, and whether an ensemble pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from optuna.trial import TrialState

from ml.errors import SearchIncomplete
from ml.training.candidates import Part, follow, mix
from ml.training.search.trials import PARAMETERS, SPLITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optuna.trial import FrozenTrial

    from ml.problems.candidates import Candidate, Kind, Search
    from ml.training.candidates import Learned, Lesson, Recipe


# How many more models of the leading kind may stand in an ensemble.
_RUNNERS_UP = 2


class Compared(NamedTuple):
    """What the search has found.

    Args:
        singles: the best of each kind, the one to choose first.
        ensemble: the best mean of several: of those, and of the leading kind's next best.
        pays: whether the ensemble is worth its time.
    """

    singles: tuple[Learned, ...]
    ensemble: Learned
    pays: bool

    @property
    def chosen(self) -> Learned:
        """The model that goes on."""
        return self.ensemble if self.pays else self.singles[0]

    @property
    def summary(self) -> list[dict[str, Any]]:
        """What was compared, as plain JSON types."""
        several = len(self.ensemble.recipe) > 1
        return [
            {"algorithm": one.algorithm, "log_loss": one.log_loss, "splits": one.splits}
            for one in (*self.singles, *([self.ensemble] if several else []))
        ]


def ranked(candidate: Candidate, trials: Sequence[FrozenTrial], tolerance: float) -> Recipe:
    """Return the recipes of the completed trials, the lowest log-loss first.

    But of those within `tolerance` of it, the one that decides the fewest splits is first.
    """
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    if not complete:
        raise SearchIncomplete(f"no trial of {candidate.kind} was completed: declare more trials")
    complete.sort(key=_value)
    near = [trial for trial in complete if _value(trial) <= _value(complete[0]) + tolerance]
    first = min(near, key=lambda trial: int(trial.user_attrs[SPLITS]))
    order = [first, *(trial for trial in complete if trial is not first)]
    return tuple(
        Part(kind=candidate.kind, parameters=trial.user_attrs[PARAMETERS]) for trial in order
    )


def compare(
    search: Search, trials: Mapping[Kind, Sequence[FrozenTrial]], lesson: Lesson
) -> Compared:
    """Learn the best trials once more and compare them on the validation part.

    Args:
        search: the declaration.
        trials: the finished trials by kind.
        lesson: what they learned from.
    """
    recipes = [ranked(one, trials[one.kind], search.tolerance) for one in search.candidates]
    singles = _by_worth([follow(parts[:1], lesson) for parts in recipes], search.tolerance)
    leading = next(parts for parts in recipes if parts[0] == singles[0].recipe[0])
    others = [follow((part,), lesson) for part in leading[1 : 1 + _RUNNERS_UP]]
    ensemble = _best_mean(singles[0], [*singles[1:], *others], lesson)
    lowest = min(one.log_loss for one in singles)
    return Compared(tuple(singles), ensemble, ensemble.log_loss <= lowest - search.pays)


def _by_worth(learned: list[Learned], tolerance: float) -> list[Learned]:
    """Return the lowest log-loss first, but of those within `tolerance` the lightest."""
    learned.sort(key=lambda one: one.log_loss)
    near = [one for one in learned if one.log_loss <= learned[0].log_loss + tolerance]
    first = min(near, key=lambda one: one.splits)
    return [first, *(one for one in learned if one is not first)]


def _best_mean(first: Learned, pool: list[Learned], lesson: Lesson) -> Learned:
    """Return the mean of `first` and of what lowers the log-loss beside it, one at a time.

    Caruana et al., "Ensemble selection from libraries of models", 2004, without repetition.
    """
    members, found = [first], first
    while pool:
        means = [mix([*members, one], lesson) for one in pool]
        number = min(range(len(pool)), key=lambda i: means[i].log_loss)
        if len(members) > 1 and means[number].log_loss >= found.log_loss:
            break
        members.append(pool.pop(number))
        found = means[number]
    return found


def _value(trial: FrozenTrial) -> float:
    return cast("float", trial.value)  # a completed trial has one
