"""DAG 2, for every problem: raw store to clean tables."""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, get_current_context, task

from dags.support import DEFAULTS, clean_asset, honest, raw_asset
from ml.problems import names


def clean(problem_name: str) -> None:
    """Declare `clean_<problem>`."""

    @dag(
        dag_id=f"clean_{problem_name}",
        description=f"Check, clean, encode and scale the raw rows of {problem_name}",
        schedule=[raw_asset(problem_name)],
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        tags=["vigia", problem_name],
    )
    def declare() -> None:
        @task(outlets=[clean_asset(problem_name)])
        @honest
        def build() -> dict[str, Any]:
            """Write the quality report, the clean tables and their transformation."""
            from ml.data.database import connect
            from ml.features.build import build
            from ml.problems import find
            from ml.settings import settings

            built = build(
                connect(settings().raw_database_url.get_secret_value()),
                connect(settings().clean_database_url.get_secret_value()),
                find(problem_name),
                settings(),
                str(get_current_context()["run_id"]),
            )
            return {"data": built.data, "rows": built.rows, "quality": built.quality}

        build()

    declare()


for name in names():
    clean(name)
