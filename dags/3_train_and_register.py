"""DAG 3, for every problem: clean tables to a registered and, if it may be, promoted model."""

from __future__ import annotations

from typing import Any

from airflow.sdk import (
    AssetOrTimeSchedule,
    Param,
    dag,
    get_current_context,
    task,
)

from dags.promotion import promotion
from dags.support import DEFAULTS, clean_asset, daily, honest
from ml.problems import names


def train(problem_name: str) -> None:
    """Declare `train_models_<problem>_simple`."""

    @dag(
        dag_id=f"train_models_{problem_name}_simple",
        description=f"Train, register and, if the gates agree, promote {problem_name}",
        schedule=AssetOrTimeSchedule(
            timetable=daily(hour=5),
            assets=[clean_asset(problem_name)],
        ),
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
        def train_and_register() -> str:
            """Fit, calibrate, evaluate, write the bundle, register it; return the version."""
            import tempfile
            from pathlib import Path

            from ml.data.database import connect
            from ml.problems import find
            from ml.registry import Registry, record
            from ml.settings import settings
            from ml.training import train

            chosen = settings()
            context = get_current_context()
            asked = context["params"]["seed"]
            with tempfile.TemporaryDirectory() as folder:
                trained = train(
                    connect(chosen.clean_database_url.get_secret_value()),
                    find(problem_name),
                    chosen,
                    Path(folder) / "bundle",
                    chosen.seed if asked is None else int(asked),
                )
                registry = Registry(chosen.mlflow_tracking_uri)
                return record(registry, trained, str(context["run_id"])).number

        # A reference here; the task gets the value.
        number: Any = train_and_register()
        promotion(problem_name, number)

    declare()


for name in names():
    train(name)
