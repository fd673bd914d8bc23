"""DAG 1, for every problem: source to raw store, in batches."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from dags.support import DEFAULTS, daily, honest, raw_asset
from ml.problems import names


def ingest(problem_name: str) -> None:
    """Declare `ingest_<problem>`."""

    @dag(
        dag_id=f"ingest_{problem_name}",
        description=f"Load new rows of {problem_name} into the raw store, exactly once",
        schedule=daily(hour=0),
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        tags=["vigia", problem_name],
        params={
            "source": Param(
                "",
                type="string",
                description="A path, a URL or `synthetic`; empty for the configured source",
            )
        },
    )
    def declare() -> None:
        @task
        @honest
        def fetch() -> dict[str, Any]:
            """Download the source, cached by digest."""
            import msgspec

            from ml.data import source
            from ml.problems import find
            from ml.settings import settings, source_of

            asked: str = get_current_context()["params"]["source"]
            location = asked or source_of(problem_name)
            delivery = source.fetch(find(problem_name), location, settings())
            found: dict[str, Any] = msgspec.to_builtins(delivery)
            return found

        @task
        @honest
        def plan(delivery: dict[str, Any]) -> list[dict[str, Any]]:
            """List the batches of the delivery that are not in the raw store yet."""
            import msgspec

            from ml.data import raw_store
            from ml.data.database import connect
            from ml.data.delivery import Delivery
            from ml.problems import find
            from ml.settings import settings

            engine = connect(settings().raw_database_url.get_secret_value())
            problem = find(problem_name)
            raw_store.create(engine, problem)
            batches = raw_store.plan(
                engine, problem, msgspec.convert(delivery, Delivery), _run_id()
            )
            return [msgspec.to_builtins(batch) for batch in batches]

        @task(map_index_template="{{ batch_id }}")
        @honest
        def load(batch: dict[str, Any]) -> dict[str, Any]:
            """Load one batch and its metadata in one transaction."""
            import msgspec

            from ml.data import raw_store
            from ml.data.database import connect
            from ml.data.raw_store import BatchPlan
            from ml.problems import find
            from ml.settings import settings

            engine = connect(settings().raw_database_url.get_secret_value())
            planned = msgspec.convert(batch, BatchPlan)
            get_current_context()["batch_id"] = planned.batch_id  # type: ignore[typeddict-unknown-key] # read by map_index_template
            result = raw_store.load(engine, find(problem_name), planned, settings(), _run_id())
            loaded: dict[str, Any] = msgspec.to_builtins(result)
            return loaded

        # With nothing new to load the mapped task is skipped; what follows still may run.
        @task(outlets=[raw_asset(problem_name)], trigger_rule="none_failed")
        def publish() -> None:
            """Tell the DAGs that wait for raw rows."""

        # A reference here; the task gets the value.
        delivery: Any = fetch()
        load.expand(batch=plan(delivery)) >> publish()

    declare()


def _run_id() -> str:
    return str(get_current_context()["run_id"])


for name in names():
    ingest(name)
