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
    from ml.training.candidates import Learned, Lesson


class Compared(NamedTuple):
    """What the search has found.

    Args:
        singles: the best of each kind, the one to choose first.
        ensemble: the mean of them.
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
        return [
            {"algorithm": one.algorithm, "log_loss": one.log_loss, "splits": one.splits}
            for one in (*self.singles, self.ensemble)
        ]


def best(candidate: Candidate, trials: Sequence[FrozenTrial], tolerance: float) -> Part:
    """Return the recipe of the trial with the lowest log-loss.

    Of those within `tolerance` of it, the one that decides the fewest splits is taken.
    """
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    if not complete:
        raise SearchIncomplete(f"no trial of {candidate.kind} was completed: declare more trials")
    lowest = min(_value(trial) for trial in complete)
    near = [trial for trial in complete if _value(trial) <= lowest + tolerance]
    lightest = min(near, key=lambda trial: (trial.user_attrs[SPLITS], _value(trial)))
    return Part(kind=candidate.kind, parameters=lightest.user_attrs[PARAMETERS])


def compare(
    search: Search, trials: Mapping[Kind, Sequence[FrozenTrial]], lesson: Lesson
) -> Compared:
    """Learn the best of each kind once more and compare them on the validation part.

    Args:
        search: the declaration.
        trials: the finished trials by kind.
        lesson: what they learned from.
    """
    parts = [best(one, trials[one.kind], search.tolerance) for one in search.candidates]
    learned = [follow((part,), lesson) for part in parts]
    lowest = min(one.log_loss for one in learned)
    singles = sorted(
        learned,
        key=lambda one: (
            one.log_loss > lowest + search.tolerance,
            one.splits if one.log_loss <= lowest + search.tolerance else one.log_loss,
        ),
    )
    ensemble = mix(learned, lesson)
    return Compared(tuple(singles), ensemble, ensemble.log_loss <= lowest - search.pays)


def _value(trial: FrozenTrial) -> float:
    return cast("float", trial.value)  # a completed trial has one
