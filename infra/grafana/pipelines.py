"""Airflow: what ran, what failed, what is late, and what waits."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as board

from infra.grafana.boards import Row, dashboard
from infra.grafana.house import AGE, COUNT, Limits, Query
from infra.grafana.panels import Panel, bars, figure, graph, listing

_DAG = {"dag_id": "DAG"}


def pipelines() -> board.Dashboard:
    """Return the dashboard."""
    return dashboard(
        "vigia-pipelines",
        "Pipelines",
        "What Airflow ran, what failed, what is late, and what waits.",
        (
            Row("Airflow", _figures()),
            Row("DAGs", _dags()),
            Row("Tasks", _tasks()),
            Row("Data", _data()),
        ),
    )


def _figures() -> tuple[Panel, ...]:
    return (
        *(
            figure(
                f"Silent: {component.replace('_', ' ')}",
                AGE,
                Query(
                    f'time() - max(airflow_heartbeat_timestamp_seconds{{component="{component}"}})'
                ),
                Limits(60, bad),
                about="Since it last said that it lives.",
                alerts=alerts,
                width=5,
                decimals=0,
            )
            for component, bad, alerts in (
                ("scheduler", 120, ("SchedulerDead",)),
                ("dag_processor", 300, ("DagProcessorDead",)),
            )
        ),
        figure(
            "Files that cannot be read",
            COUNT,
            Query("max(airflow_import_errors)"),
            Limits(1, 1),
            about="DAG files with an import error.",
            alerts=("DagImportErrors",),
            width=5,
        ),
        figure(
            "Runs under way",
            COUNT,
            Query('sum(airflow_dag_runs{state="running"}) or vector(0)'),
            about="Runs of all DAGs that are under way.",
            alerts=("DagRunsTooLong",),
            width=5,
        ),
        figure(
            "Paused",
            COUNT,
            Query("sum(airflow_dag_paused)"),
            about="DAGs that do not start by themselves. All are paused when they are new.",
            width=4,
        ),
    )


def _dags() -> tuple[Panel, ...]:
    return (
        listing(
            "Last runs",
            AGE,
            Query("time() - airflow_dag_last_success_timestamp_seconds", "success before"),
            Query("time() - airflow_dag_last_failure_timestamp_seconds", "failure before"),
            Query("airflow_dag_last_run_duration_seconds", "last run took"),
            about="Where the failure is younger than the success, the DAG is broken.",
            columns=_DAG,
            alerts=("DagFailed", "DataLate"),
            width=12,
        ),
        listing(
            "Next runs",
            AGE,
            Query("airflow_dag_next_run_timestamp_seconds - time()", "due in"),
            about="By the schedule; a negative time is late, unless the DAG is paused.",
            columns=_DAG,
            alerts=("DagLate",),
            width=6,
        ),
        bars(
            "Under way for",
            AGE,
            Query("time() - airflow_dag_running_since_timestamp_seconds", "{{dag_id}}"),
            about="The oldest run of each DAG that is under way. Empty where nothing runs.",
            limits=Limits(3600, 4 * 3600),
            alerts=("DagRunsTooLong",),
            width=6,
        ),
        graph(
            "Runs by state",
            COUNT,
            Query("sum by (state) (airflow_dag_runs)", "{{state}}"),
            about="Runs of the last seven days.",
            stacked=True,
            width=12,
            alerts=("DagFailed",),
        ),
        graph(
            "How long runs take",
            AGE,
            Query("airflow_dag_last_run_duration_seconds", "{{dag_id}}"),
            about="Of each DAG's last run that has ended.",
            width=12,
        ),
    )


def _tasks() -> tuple[Panel, ...]:
    return (
        bars(
            "Slowest tasks",
            AGE,
            Query("topk(10, airflow_task_last_duration_seconds)", "{{dag_id}} {{task_id}}"),
            about="The ten that took longest when they last ran.",
            width=12,
        ),
        graph(
            "Tasks by state",
            COUNT,
            Query("sum by (state) (airflow_task_instances)", "{{state}}"),
            about="Task instances of the last seven days.",
            stacked=True,
            width=6,
        ),
        bars(
            "Slots",
            COUNT,
            Query("airflow_pool_slots", "{{pool}}"),
            about="How many tasks of a pool may run at once.",
            width=6,
        ),
    )


def _data() -> tuple[Panel, ...]:
    return (
        listing(
            "Assets",
            AGE,
            Query("time() - airflow_asset_last_event_timestamp_seconds", "came before"),
            about="When raw rows, clean rows and models last came.",
            columns={"asset": "asset"},
            alerts=("DataLate",),
            width=12,
        ),
        bars(
            "Waiting for a DAG",
            AGE,
            Query("time() - airflow_asset_waiting_since_timestamp_seconds", "{{dag_id}}"),
            about="New data whose DAG has not started. Empty where nothing waits.",
            limits=Limits(600, 3600),
            alerts=("AssetWaiting",),
            width=12,
        ),
    )
