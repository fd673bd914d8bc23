from __future__ import annotations

import msgspec
import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from ml.errors import SearchIncomplete
from ml.problems.candidates import LOGISTIC_REGRESSION, RANDOM_FOREST, XGBOOST, Range, Search
from ml.training.candidates import Lesson, follow
from ml.training.search.choice import compare, ranked
from ml.training.search.trials import try_out
from tests import toy
from tests.unit.ml.learning import prepare

SMALL = (
    LOGISTIC_REGRESSION,
    msgspec.structs.replace(RANDOM_FOREST, start={**RANDOM_FOREST.start, "trees": 10}),
    msgspec.structs.replace(
        XGBOOST,
        start={**XGBOOST.start, "rounds": 50, "eta": 0.1},
        space={**XGBOOST.space, "eta": Range(low=0.1, high=0.2)},
    ),
)


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return prepare(toy.problem, 2000, 1).lesson(1, 1)


def trial(
    value: float, splits: int, state: TrialState = TrialState.COMPLETE, **parameters: float
) -> FrozenTrial:
    attributes = {"parameters": parameters, "splits": splits}
    return create_trial(state=state, value=value, user_attrs=attributes)


@pytest.mark.parametrize(
    ("tolerance", "chosen"), [(0.0, 1.0), (0.01, 2.0), (0.5, 3.0)], ids=["none", "some", "much"]
)
def test_of_trials_that_are_as_good_the_lightest_is_taken(tolerance: float, chosen: float) -> None:
    trials = [
        trial(0.300, 900, number=1),
        trial(0.305, 500, number=2),
        trial(0.400, 100, number=3),
        trial(0.100, 1, TrialState.PRUNED, number=4),
    ]
    found = [part.parameters["number"] for part in ranked(XGBOOST, trials, tolerance)]
    assert found[0] == chosen
    assert found[1:] == [number for number in (1.0, 2.0, 3.0) if number != chosen]


def test_a_kind_without_a_completed_trial_is_told() -> None:
    with pytest.raises(SearchIncomplete, match="no trial of xgboost was completed"):
        ranked(XGBOOST, [trial(0.1, 1, TrialState.PRUNED)], 0.0)


@pytest.mark.parametrize(("pays", "algorithm"), [(-1.0, "ensemble"), (1.0, "single")])
def test_an_ensemble_is_chosen_where_it_pays(lesson: Lesson, pays: float, algorithm: str) -> None:
    search = Search(candidates=SMALL, pays=pays)
    trials = {one.kind: [try_out(one, 0, (), lesson)] for one in SMALL}
    found = compare(search, trials, lesson)
    log_losses = [one.log_loss for one in found.singles]
    assert found.singles[0].log_loss <= min(log_losses) + search.tolerance
    assert found.ensemble.recipe[0] == found.singles[0].recipe[0]
    assert len(found.ensemble.recipe) > 1
    expected = "ensemble" if algorithm == "ensemble" else found.singles[0].algorithm
    assert found.chosen.algorithm == expected
    assert [one["algorithm"] for one in found.summary][-1] == "ensemble"


def test_an_ensemble_takes_in_what_helps_and_the_leading_kinds_next_best(lesson: Lesson) -> None:
    candidate = SMALL[-1]
    trials = {candidate.kind: [try_out(candidate, place, (), lesson) for place in range(4)]}
    found = compare(Search(candidates=(candidate,)), trials, lesson)
    assert len(found.singles) == 1
    kinds = {part.kind for part in found.ensemble.recipe}
    assert kinds == {"xgboost"}
    assert 2 <= len(found.ensemble.recipe) <= 3
    parameters = [repr(part.parameters) for part in found.ensemble.recipe]
    assert len(set(parameters)) == len(parameters)


def test_a_search_of_one_trial_has_no_ensemble(lesson: Lesson) -> None:
    trials = {SMALL[0].kind: [try_out(SMALL[0], 0, (), lesson)]}
    found = compare(Search(candidates=SMALL[:1]), trials, lesson)
    assert found.ensemble is found.singles[0]
    assert not found.pays


def test_a_trial_holds_everything_to_make_its_model_again(lesson: Lesson) -> None:
    for candidate in SMALL:
        tried = try_out(candidate, 1, (), lesson)
        (part,) = ranked(candidate, [tried], 0.0)
        assert part.parameters.keys() == candidate.start.keys()
        again = follow((part,), lesson)
        assert again.log_loss == tried.value
        assert again.splits == tried.user_attrs["splits"]


def test_a_trial_that_falls_behind_is_pruned(lesson: Lesson) -> None:
    candidate = SMALL[-1]
    good = [try_out(candidate, place, (), lesson) for place in range(4)]
    for one in good:  # as if all of them had been far better at every step
        one.intermediate_values = dict.fromkeys(range(1, 200), 0.0)
    given_up = try_out(candidate, 4, good, lesson)
    assert given_up.state == TrialState.PRUNED
    assert given_up.user_attrs == {"place": 4}
    assert max(given_up.intermediate_values) == 8  # as soon as it may be
