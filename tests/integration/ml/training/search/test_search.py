"""A search over real PostgreSQL: deterministic, in lanes, resumable after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import optuna
import pytest
import sqlalchemy as sa

from ml.bundle import load
from ml.errors import DatabaseUnavailable, NotEnoughData, SearchIncomplete, SearchOutdated
from ml.features.build import build
from ml.problems.problem import Problem
from ml.settings import Settings
from ml.training import Trained
from ml.training.search import Plan, Share, begin, conclude, run_lane
from ml.training.search.storage import open_storage
from tests import toy
from tests.integration.ml.training.search.declared import SEARCH, TRIALS, problem
from tests.integration.stores import Stores, fresh_stores, ingest

ROOT = Path(__file__).parents[5]
LANE = """
import sys
import msgspec
from ml.data.database import connect
from ml.settings import Settings
from ml.training.search import Plan, run_lane
from tests.integration.ml.training.search.declared import problem
plan = msgspec.json.decode(sys.argv[2], type=Plan)
print(run_lane(connect(sys.argv[1]), problem, Settings(), plan, int(sys.argv[3]), int(sys.argv[4])))
"""
COMPLETED = "SELECT count(*) FROM search.trials WHERE state IN ('COMPLETE', 'PRUNED')"
OTHERS = "SELECT count(*) FROM search.trials WHERE state NOT IN ('COMPLETE', 'PRUNED')"
FOUND = """
SELECT study_name, a.value_json, t.state, p.param_name, p.param_value, v.value
FROM search.trials t JOIN search.studies USING (study_id)
JOIN search.trial_user_attributes a ON a.trial_id = t.trial_id AND a.key = 'place'
JOIN search.trial_params p ON p.trial_id = t.trial_id
JOIN search.trial_values v ON v.trial_id = t.trial_id
ORDER BY 1, 2, 4
"""


@contextmanager
def fresh(postgres: Callable[[str], str], folder: Path) -> Iterator[Stores]:
    with fresh_stores(postgres, folder, synthetic_rows=2000) as made:
        ingest(made, toy.problem, "synthetic")
        build(made.raw, made.clean, toy.problem, made.settings)
        yield made


@pytest.fixture
def built(postgres: Callable[[str], str], tmp_path: Path) -> Iterator[Stores]:
    """Toy rows, ingested and built, in databases of the test's own."""
    with fresh(postgres, tmp_path / "state") as made:
        yield made


class Whole(NamedTuple):
    """A search that nobody disturbed, in one lane."""

    trained: Trained
    trials: list[tuple[object, ...]]


@pytest.fixture(scope="module")
def undisturbed(
    postgres: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with fresh(postgres, folder / "state") as made:
        trained = run(made, 1, folder / "bundle")
        yield Whole(trained, found(made.clean))


def scalar(engine: sa.Engine, statement: str) -> int:
    with engine.connect() as connection:
        found = connection.scalar(sa.text(statement))
    assert isinstance(found, int)
    return found


def found(engine: sa.Engine) -> list[tuple[object, ...]]:
    """Every trial's place, state, parameters and value."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(FOUND))]


def with_lanes(settings: Settings, lanes: int) -> Settings:
    return settings.model_copy(update={"search_lanes": lanes})


def run(stores: Stores, lanes: int, folder: Path, *, backwards: bool = False) -> Trained:
    """Run a whole search, its lanes one after another."""
    settings = with_lanes(stores.settings, lanes)
    plan = begin(stores.clean, problem, settings, 1)
    for generation in range(SEARCH.generations):
        order = range(lanes)
        for lane in reversed(order) if backwards else order:
            run_lane(stores.clean, problem, settings, plan, generation, lane)
    return conclude(stores.clean, problem, settings, plan, folder)


def test_the_order_and_number_of_lanes_do_not_change_what_is_found(
    built: Stores, undisturbed: Whole, tmp_path: Path
) -> None:
    """Two runs with the same seed, in databases of their own: equal trials, metrics, digest."""
    again = run(built, 3, tmp_path / "again", backwards=True)
    assert found(built.clean) == undisturbed.trials
    assert again.content.metrics == undisturbed.trained.content.metrics
    assert again.digest == undisturbed.trained.digest
    assert load(again.folder).digest == again.digest


def test_the_lineage_tells_what_was_compared(undisturbed: Whole) -> None:
    lineage = undisturbed.trained.content.lineage
    compared = {one["algorithm"]: one for one in lineage["search"]["compared"]}
    kinds = [candidate.kind for candidate in SEARCH.candidates]
    assert compared.keys() == {*kinds, "ensemble"}
    assert lineage["search"]["trials"] == {one.kind: sum(one.trials) for one in SEARCH.candidates}
    chosen = compared[lineage["algorithm"]]
    assert chosen["log_loss"] <= min(one["log_loss"] for one in compared.values()) + SEARCH.pays


def test_a_step_that_is_run_again_finds_its_trials(built: Stores) -> None:
    plan = begin(built.clean, problem, built.settings, 1)
    first = run_lane(built.clean, problem, built.settings, plan, 0, 0)
    assert first.tried > 0
    again = run_lane(built.clean, problem, built.settings, plan, 0, 0)
    assert again == Share(0, first.tried)
    assert begin(built.clean, problem, built.settings, 1) == plan


@pytest.mark.fault
def test_a_killed_lane_goes_on_from_its_finished_trials(
    built: Stores, undisturbed: Whole, tmp_path: Path
) -> None:
    settings = with_lanes(built.settings, 1)
    plan = begin(built.clean, problem, settings, 1)
    url = built.clean.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", LANE, url, msgspec.json.encode(plan).decode(), "0", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as lane:
        wait_for(lambda: scalar(built.clean, COMPLETED) >= 2, lane)
        lane.send_signal(signal.SIGKILL)
    assert lane.returncode == -signal.SIGKILL
    kept = scalar(built.clean, COMPLETED)
    everything = sum(candidate.trials[0] for candidate in SEARCH.candidates)
    assert 2 <= kept < everything
    assert scalar(built.clean, OTHERS) == 0  # nothing is left half done
    share = run_lane(built.clean, problem, settings, plan, 0, 0)
    assert share == Share(everything - kept, kept)
    run_lane(built.clean, problem, settings, plan, 1, 0)
    resumed = conclude(built.clean, problem, settings, plan, tmp_path / "resumed")
    assert scalar(built.clean, COMPLETED) == TRIALS
    assert found(built.clean) == undisturbed.trials
    assert resumed.digest == undisturbed.trained.digest


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.fault
def test_lanes_side_by_side_do_each_trial_once(built: Stores) -> None:
    settings = with_lanes(built.settings, 2)
    plan = begin(built.clean, problem, settings, 1)
    url = built.clean.url.render_as_string(hide_password=False)
    told = msgspec.json.encode(plan).decode()
    lanes = [
        subprocess.Popen(
            [sys.executable, "-c", LANE, url, told, "0", str(lane)],
            cwd=ROOT,
            env={**os.environ, "VIGIA_SEARCH_LANES": "2"},
        )
        for lane in range(2)
    ]
    assert [lane.wait(timeout=200) for lane in lanes] == [0, 0]
    everything = sum(candidate.trials[0] for candidate in SEARCH.candidates)
    assert scalar(built.clean, "SELECT count(*) FROM search.trials") == everything


def test_a_generation_waits_for_the_one_before(built: Stores, tmp_path: Path) -> None:
    plan = begin(built.clean, problem, built.settings, 1)
    with pytest.raises(SearchIncomplete, match=r"places \[0\] have not finished; clear"):
        run_lane(built.clean, problem, built.settings, plan, 1, 0)
    with pytest.raises(SearchIncomplete, match=r"places \[0, 1\] have not finished"):
        conclude(built.clean, problem, built.settings, plan, tmp_path / "bundle")


@pytest.mark.parametrize("changed", ["declaration", "seed"])
def test_a_plan_of_something_else_is_refused(built: Stores, changed: str) -> None:
    plan = begin(built.clean, problem, built.settings, 1)
    other: Problem = problem
    if changed == "seed":
        plan = msgspec.structs.replace(plan, seed=2)
    else:
        search = msgspec.structs.replace(SEARCH, candidates=SEARCH.candidates[:1])
        other = msgspec.structs.replace(problem, search=search)
    with pytest.raises(SearchOutdated, match="toy: the clean rows, the code or the declared"):
        run_lane(built.clean, other, built.settings, plan, 0, 0)


def test_a_search_without_rows_names_the_dag_to_run(stores: Stores) -> None:
    with pytest.raises(NotEnoughData, match="run the DAG clean_toy"):
        begin(stores.clean, problem, stores.settings, 1)


def test_a_database_that_went_away_is_told(built: Stores) -> None:
    storage = open_storage(built.clean)
    with built.raw.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = built.clean.url.database
        connection.execute(sa.text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(
            sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :n"),
            {"n": name},
        )
        with pytest.raises(DatabaseUnavailable, match="finished trials are kept"):
            open_storage(built.clean)
    assert isinstance(storage, optuna.storages.RDBStorage)


def test_a_search_of_one_trial_prunes_nothing_and_chooses(built: Stores, tmp_path: Path) -> None:
    one = msgspec.structs.replace(SEARCH.candidates[0], trials=(1,))
    small = msgspec.structs.replace(
        problem, search=msgspec.structs.replace(SEARCH, candidates=(one,))
    )
    plan: Plan = begin(built.clean, small, built.settings, 1)
    for lane in range(plan.lanes):
        run_lane(built.clean, small, built.settings, plan, 0, lane)
    trained = conclude(built.clean, small, built.settings, plan, tmp_path / "bundle")
    assert trained.content.lineage["algorithm"] == "logistic_regression"
