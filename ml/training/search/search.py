"""The steps of a search, as tasks call them: begin, generations in lanes, conclude.

A generation's trials are dealt out to lanes that run side by side. Every step may be killed
and started again: it goes on from the trials that have finished.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import optuna
import xgboost

from ml.code_version import code_digest
from ml.data import clean_store
from ml.data.split import PARTS
from ml.errors import SearchOutdated
from ml.training import material as materials
from ml.training.assembly import Fit
from ml.training.search.choice import Compared, compare
from ml.training.search.storage import Trials, open_storage
from ml.training.search.trials import try_out
from ml.training.train import conclude as finish

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

    from ml.data.clean_store import Transformation
    from ml.problems.candidates import Candidate, Kind
    from ml.problems.problem import Problem
    from ml.settings import Settings
    from ml.training.candidates import Lesson
    from ml.training.train import Trained

# A study's name is read by people, and 64 bits tell the searches of one house apart.
_KEY_LENGTH = 16

# Every trial would be told in a line of Optuna's own, with its parameters.
optuna.logging.set_verbosity(optuna.logging.WARNING)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the tasks of one search tell one another.

    Args:
        key: of everything that the trials depend on; the same key is the same search.
        seed: seed of every random choice.
        lanes: how many tasks share a generation.
    """

    key: str
    seed: int
    lanes: int


class Share(NamedTuple):
    """What a lane did: trials that it ran, and those that it found finished."""

    tried: int
    found: int


def begin(clean: sa.Engine, problem: Problem, settings: Settings, seed: int) -> Plan:
    """Make the search's tables, and return the plan.

    Raises:
        NotEnoughData: no clean rows have been built.
        DatabaseUnavailable: the clean database does not answer or refuses.
    """
    plan = Plan(
        key=_key(problem, clean_store.latest(clean, problem), seed),
        seed=seed,
        lanes=settings.search_lanes,
    )
    _all_trials(clean, problem, plan)
    return plan


def run_lane(
    clean: sa.Engine, problem: Problem, settings: Settings, plan: Plan, generation: int, lane: int
) -> Share:
    """Run a lane's trials of one generation, but for those that have finished already.

    Args:
        clean: the clean database.
        problem: what is predicted.
        settings: threads.
        plan: the search.
        generation: from 0; those before it have ended.
        lane: from 0 to `plan.lanes - 1`.

    Raises:
        SearchOutdated: the plan is of other rows, code or declarations.
        SearchIncomplete: a generation before has not ended.
    """
    material = _material(clean, problem, plan, ("train", "validation"))
    lesson = material.lesson(plan.seed, max(1, settings.training_threads // plan.lanes))
    trials = _all_trials(clean, problem, plan)
    places = _places(problem.search.candidates, generation)[lane :: plan.lanes]
    tried = 0
    for candidate, place in places:
        if place in trials[candidate.kind].finished():
            continue
        earlier = trials[candidate.kind].first(_first(candidate, generation))
        trials[candidate.kind].add(try_out(candidate, place, earlier, lesson))
        tried += 1
    return Share(tried, len(places) - tried)


def conclude(
    clean: sa.Engine, problem: Problem, settings: Settings, plan: Plan, folder: Path
) -> Trained:
    """Learn what the search has found to be best, evaluate it, and write its bundle.

    Args:
        clean: the clean database.
        problem: what is predicted.
        settings: threads and bootstrap replicates.
        plan: the search.
        folder: the bundle's folder, which must not exist.

    Raises:
        SearchOutdated: the plan is of other rows, code or declarations.
        SearchIncomplete: a trial has not finished.
    """
    material = _material(clean, problem, plan)
    lesson = material.lesson(plan.seed, settings.training_threads)
    found = weigh(clean, problem, plan, lesson)
    summary = {
        "key": plan.key,
        "trials": {one.kind: sum(one.trials) for one in problem.search.candidates},
        "compared": found.summary,
    }
    fit = Fit(problem, material, lesson, found.chosen, summary)
    return finish(fit, clean_store.read_records(clean, problem), settings, folder)


def weigh(clean: sa.Engine, problem: Problem, plan: Plan, lesson: Lesson) -> Compared:
    """Learn the best of each kind once more, and compare them and their mean.

    Raises:
        SearchIncomplete: a trial has not finished.
    """
    stored = _all_trials(clean, problem, plan)
    candidates = problem.search.candidates
    trials = {one.kind: stored[one.kind].first(sum(one.trials)) for one in candidates}
    return compare(problem.search, trials, lesson)


def _key(problem: Problem, transformation: Transformation, seed: int) -> str:
    depends: dict[str, Any] = {
        "problem": problem.name,
        "search": problem.search,
        "features": transformation.feature_map_digest,
        "data": transformation.data_hash,
        "salt": transformation.split_salt,
        "code": code_digest(),
        "libraries": {"optuna": optuna.__version__, "xgboost": xgboost.__version__},
        "seed": seed,
    }
    encoded = msgspec.json.encode(depends, order="deterministic")
    return hashlib.sha256(encoded).hexdigest()[:_KEY_LENGTH]


def _material(
    clean: sa.Engine, problem: Problem, plan: Plan, parts: tuple[str, ...] = PARTS
) -> materials.Material:
    material = materials.read(clean, problem, parts)
    if _key(problem, material.transformation, plan.seed) != plan.key:
        raise SearchOutdated(
            f"{problem.name}: the clean rows, the code or the declared search changed after "
            f"the search had begun; start a new run of the search"
        )
    return material


def _all_trials(clean: sa.Engine, problem: Problem, plan: Plan) -> dict[Kind, Trials]:
    storage = open_storage(clean)
    return {
        candidate.kind: Trials(storage, f"{problem.name} {candidate.kind} {plan.key}")
        for candidate in problem.search.candidates
    }


def _places(candidates: tuple[Candidate, ...], generation: int) -> list[tuple[Candidate, int]]:
    """Return all trials of a generation, each as its kind and its place among that kind."""
    return [
        (candidate, place)
        for candidate in candidates
        for place in range(_first(candidate, generation), _first(candidate, generation + 1))
    ]


def _first(candidate: Candidate, generation: int) -> int:
    """Return the place at which a generation begins."""
    return sum(candidate.trials[:generation])
