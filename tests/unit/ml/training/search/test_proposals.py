from __future__ import annotations

import math

import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from ml.problems.candidates import RANDOM_FOREST, XGBOOST, Candidate
from ml.training.search.proposals import Pruning, distributions, propose


def trial(candidate: Candidate, place: int, value: float, seed: int = 1) -> FrozenTrial:
    return create_trial(
        value=value,
        params=propose(candidate, place, (), seed),
        distributions=distributions(candidate),
        intermediate_values={step: value + 1 / step for step in range(1, 21)},
    )


def history(candidate: Candidate, count: int) -> list[FrozenTrial]:
    return [trial(candidate, place, abs(place - 3) / 10) for place in range(count)]


def test_the_first_trial_is_the_declared_start() -> None:
    assert propose(XGBOOST, 0, (), 1) == {name: XGBOOST.start[name] for name in XGBOOST.space}


@pytest.mark.parametrize("candidate", [RANDOM_FOREST, XGBOOST], ids=lambda one: one.kind)
@pytest.mark.parametrize("count", [0, 6])
def test_proposals_lie_in_the_declared_space(candidate: Candidate, count: int) -> None:
    for place in range(count, count + 8):
        found = propose(candidate, place, history(candidate, count), 1)
        assert found.keys() == candidate.space.keys()
        for name, spread in candidate.space.items():
            assert spread.low <= found[name] <= spread.high
            assert not spread.whole or found[name] == int(found[name])


def test_a_proposal_follows_from_seed_place_and_history_alone() -> None:
    past = history(XGBOOST, 6)
    once = [propose(XGBOOST, place, past, 1) for place in (6, 7, 8)]
    again = [propose(XGBOOST, place, past, 1) for place in (8, 7, 6)]
    assert once == again[::-1]
    assert len({repr(found) for found in once}) == 3
    assert propose(XGBOOST, 6, past, 2) != once[0]
    assert propose(XGBOOST, 6, history(XGBOOST, 5), 1) != once[0]


def test_proposals_go_where_the_good_trials_were() -> None:
    """A rate near .04 is best by far: later proposals come nearer to it than chance does."""

    def distance(found: dict[str, float]) -> float:
        return abs(math.log(found["eta"] / 0.04))

    drawn = [propose(XGBOOST, place, (), 1) for place in range(1, 30)]
    past = [
        create_trial(value=distance(one), params=one, distributions=distributions(XGBOOST))
        for one in drawn
    ]
    later = [distance(propose(XGBOOST, place, past, 1)) for place in range(30, 50)]
    assert sum(later) / len(later) < 0.6 * sum(map(distance, drawn)) / len(drawn)


def test_nothing_is_given_up_before_there_is_something_to_compare_with() -> None:
    worst = dict.fromkeys(range(1, 21), 9.0)
    assert not Pruning(()).hopeless(worst)
    assert not Pruning(history(XGBOOST, 3)).hopeless(worst)


@pytest.mark.parametrize(
    ("value", "steps", "hopeless"), [(9.0, 20, True), (9.0, 5, False), (0.0, 20, False)]
)
def test_a_trial_among_the_worst_third_is_given_up_after_its_first_part(
    value: float, steps: int, *, hopeless: bool
) -> None:
    values = {step: value + 1 / step for step in range(1, steps + 1)}
    assert Pruning(history(XGBOOST, 6)).hopeless(values) is hopeless


def test_pruned_trials_are_no_measure_for_others() -> None:
    pruned = [
        create_trial(
            state=TrialState.PRUNED,
            value=0.0,
            params=propose(XGBOOST, place, (), 1),
            distributions=distributions(XGBOOST),
            intermediate_values={20: 0.0},
        )
        for place in range(9)
    ]
    assert not Pruning(pruned).hopeless({20: 5.0})
