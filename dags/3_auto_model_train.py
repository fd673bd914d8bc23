"""The automatic training, for every problem: candidates side by side, the best registered."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from dags.promotion import promotion
from dags.support import DEFAULTS, honest, weekly
from ml.problems import find, names


def search(problem_name: str) -> None:
    """Declare `auto_model_train_<problem>`."""

    @dag(
        dag_id=f"auto_model_train_{problem_name}",
        description=f"Search the best model of {problem_name}, register it, promote it if it may",
        schedule=weekly(hour=2),
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        tags=["vigia", problem_name],
        params={
            "seed": Param(
                None, type=["null", "integer"], minimum=0, description="Empty for VIGIA_SEED"
            )
        },
    )
    def declare() -> None:
        @task
        @honest
        def begin() -> list[dict[str, Any]]:
            """Make the search's tables; return what each lane is told."""
            import msgspec

            from ml.data.database import connect
            from ml.settings import settings
            from ml.training.search import begin

            chosen = settings()
            asked = get_current_context()["params"]["seed"]
            plan = begin(
                connect(chosen.clean_database_url.get_secret_value()),
                find(problem_name),
                chosen,
                chosen.seed if asked is None else int(asked),
            )
            return [{"plan": msgspec.to_builtins(plan), "lane": i} for i in range(plan.lanes)]

        @task
        @honest
        def generation(number: int, told: dict[str, Any]) -> dict[str, int]:
            """Run a lane's trials of a generation, but for those that have finished already."""
            import msgspec

            from ml.data.database import connect
            from ml.settings import settings
            from ml.training.search import Plan, run_lane

            chosen = settings()
            share = run_lane(
                connect(chosen.clean_database_url.get_secret_value()),
                find(problem_name),
                chosen,
                msgspec.convert(told["plan"], Plan),
                number,
                told["lane"],
            )
            return share._asdict()

        @task
        @honest
        def choose_and_register(lanes: list[dict[str, Any]]) -> str:
            """Compare the best of each kind, evaluate and register one; return the version."""
            import tempfile
            from pathlib import Path

            import msgspec

            from ml.data.database import connect
            from ml.registry import Registry, record
            from ml.settings import settings
            from ml.training.search import Plan, conclude

            chosen = settings()
            with tempfile.TemporaryDirectory() as folder:
                trained = conclude(
                    connect(chosen.clean_database_url.get_secret_value()),
                    find(problem_name),
                    chosen,
                    msgspec.convert(lanes[0]["plan"], Plan),
                    Path(folder) / "bundle",
                )
                registry = Registry(chosen.mlflow_tracking_uri)
                return record(registry, trained, str(get_current_context()["run_id"])).number

        # References here; the tasks get the values.
        lanes: Any = begin()
        before: Any = lanes
        for number in range(find(problem_name).search.generations):
            lane = generation.override(task_id=f"generation_{number + 1}")
            mapped = lane.partial(number=number).expand(told=lanes)
            before >> mapped
            before = mapped
        version: Any = choose_and_register(lanes)
        before >> version
        promotion(problem_name, version)

    declare()


for name in names():
    search(name)
