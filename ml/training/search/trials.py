"""One trial: parameters in, what they are worth out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optuna.trial import TrialState, create_trial

from ml.training.candidates import Part, attempt
from ml.training.search.proposals import Pruning, distributions, propose
from ml.training.search.storage import PLACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optuna.trial import FrozenTrial

    from ml.problems.candidates import Candidate
    from ml.training.candidates import Lesson

PARAMETERS, SPLITS = "parameters", "splits"
# A step of a trial is this much of the trees' full steps: after as many rounds, a cautious
# fit has not yet got as far as a bold one and must not be judged by it.
_STEP = 0.5


class _Progress:
    """What was reported of one fit, and whether it goes on.

    Args:
        eta: the share of a full step that a round takes.
        pruning: decides.
    """

    def __init__(self, eta: float, pruning: Pruning) -> None:
        self.values: dict[int, float] = {}
        self._eta = eta
        self._pruning = pruning

    def __call__(self, rounds: int, log_loss: float) -> bool:
        step = int(rounds * self._eta / _STEP)
        if step == 0 or step in self.values:
            return False
        self.values[step] = log_loss
        return self._pruning.hopeless(self.values)


def try_out(
    candidate: Candidate, place: int, earlier: Sequence[FrozenTrial], lesson: Lesson
) -> FrozenTrial:
    """Return the finished trial at `place`: complete, or pruned.

    Its value is the log-loss on the validation part. It holds its complete `parameters`,
    the number of rounds among them, and how many `splits` a prediction decides.

    Args:
        candidate: the kind of model and the space.
        place: the trial's number in the search, from 0.
        earlier: the trials of the generations before.
        lesson: what to learn from; its seed is the search's.
    """
    searched = propose(candidate, place, earlier, lesson.seed)
    parameters = candidate.start | searched
    progress = _Progress(parameters.get("eta", 1.0), Pruning(earlier))
    learned = attempt(Part(kind=candidate.kind, parameters=parameters), lesson, progress)
    found = {PARAMETERS: learned.parameters, SPLITS: learned.splits} if learned else {}
    return create_trial(
        state=TrialState.COMPLETE if learned else TrialState.PRUNED,
        value=learned.log_loss if learned else list(progress.values.values())[-1],
        params=searched,
        distributions=distributions(candidate),
        intermediate_values=progress.values,
        user_attrs={PLACE: place, **found},
    )
