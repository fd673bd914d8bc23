"""Print what Airflow reads from the DAG folder, as JSON; run in an interpreter of its own.

Airflow takes over logging and the warnings of a process, and the modules that a DAG file
brings in can only be told where nothing else was imported before.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag


def describe_dag(dag: Any) -> dict[str, Any]:
    timetable = dag.timetable
    condition = getattr(timetable, "asset_condition", None)
    return {
        "timetable": type(timetable).__name__,
        "cron": getattr(getattr(timetable, "timetable", timetable), "expression", None),
        "assets": [asset.uri for asset in condition.objects] if condition else [],
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "description": dag.description,
        "tags": sorted(dag.tags),
        "params": {name: dag.params.get_param(name).schema for name in dag.params},
        "tasks": {task.task_id: describe_task(task) for task in dag.tasks},
    }


def describe_task(task: Any) -> dict[str, Any]:
    callbacks = task.on_failure_callback
    return {
        "mapped": task.is_mapped,
        "retries": task.retries,
        "backoff": bool(task.retry_exponential_backoff),
        "callbacks": [
            call.__name__ for call in (callbacks if isinstance(callbacks, list) else [callbacks])
        ],
        "downstream": sorted(task.downstream_task_ids),
        "trigger_rule": task.trigger_rule.value,
        "triggers": getattr(task, "trigger_dag_id", None),
        "outlets": [outlet.uri for outlet in task.outlets],
    }


def main(folder: Path) -> None:
    before, start = set(sys.modules), time.process_time()
    bag = DagBag(str(folder))
    seconds = time.process_time() - start
    print(  # noqa: T201 - the answer
        json.dumps(
            {
                "errors": bag.import_errors,
                "seconds": seconds,
                "modules": sorted({name.partition(".")[0] for name in set(sys.modules) - before}),
                "rooms": sorted(name for name in sys.modules if name.startswith("ml.")),
                "dags": {name: describe_dag(dag) for name, dag in bag.dags.items()},
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
