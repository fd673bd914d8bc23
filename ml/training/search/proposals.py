"""Which parameters are tried next, and which trials are given up early.

Both follow from the seed, the place of the trial and the generations before its own alone,
all of which have ended. So neither depends on which trial of a generation ends first, on how
many run side by side, or on what was killed in between.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import optuna
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.pruners import PercentilePruner
from optuna.samplers import TPESampler
from optuna.trial import TrialState, create_trial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import FrozenTrial

    from ml.problems.candidates import Candidate, Parameters, Range

# Fewer finished trials than this tell nothing about where the good ones are.
_FEWEST = 4
# A trial goes on while it is among the better two thirds, after a first part of its way.
_KEPT_PERCENT = 67.0
_WARM_UP = 8
# Any two primes far apart: trials of one search and searches of like seeds draw differently.
_SEED_STRIDE, _SEED_MODULUS = 7919, 2**32 - 5


def distributions(candidate: Candidate) -> dict[str, BaseDistribution]:
    """Return Optuna's view of the space that is searched."""
    return {name: _distribution(spread) for name, spread in candidate.space.items()}


def propose(
    candidate: Candidate, place: int, earlier: Sequence[FrozenTrial], seed: int
) -> Parameters:
    """Return the searched parameters of the trial at `place`.

    Args:
        candidate: declares the space, and what the first trial tries.
        place: the trial's number in the search, from 0.
        earlier: the trials of the generations before.
        seed: the search's.
    """
    if place == 0:
        return {name: candidate.start[name] for name in candidate.space}
    # Bergstra et al., "Algorithms for hyper-parameter optimization", 2011; at random until
    # there is something to learn from.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = TPESampler(
            seed=(seed * _SEED_STRIDE + place) % _SEED_MODULUS,
            n_startup_trials=_FEWEST,
            multivariate=True,
        )
    study = _study(earlier, sampler)
    return dict(study.ask(distributions(candidate)).params)


class Pruning:
    """Tells whether a trial is worth going on with.

    Args:
        earlier: the trials of the generations before.
    """

    def __init__(self, earlier: Sequence[FrozenTrial]) -> None:
        self._pruner = PercentilePruner(
            _KEPT_PERCENT, n_startup_trials=_FEWEST, n_warmup_steps=_WARM_UP
        )
        self._study = _study(earlier)

    def hopeless(self, values: Mapping[int, float]) -> bool:
        """Return whether to give up a trial of these values by step."""
        trial = create_trial(state=TrialState.RUNNING, intermediate_values=dict(values))
        return bool(self._pruner.prune(self._study, trial))


def _study(trials: Sequence[FrozenTrial], sampler: TPESampler | None = None) -> Study:
    study = optuna.create_study(direction="minimize", sampler=sampler)
    study.add_trials(trials)
    return study


def _distribution(spread: Range) -> BaseDistribution:
    if spread.whole:
        return IntDistribution(int(spread.low), int(spread.high), log=spread.log)
    return FloatDistribution(spread.low, spread.high, log=spread.log)
