"""Databases, the registry, the object store, disks and containers."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as board

from infra.grafana.boards import Row, dashboard
from infra.grafana.house import (
    AGE,
    BYTE_RATE,
    BYTES,
    COUNT,
    EVENTS,
    RATE,
    SECONDS,
    SHARE,
    Limits,
    Query,
)
from infra.grafana.panels import Panel, bars, figure, graph, listing

# PostgreSQL's own are left out.
_OURS = '{datname!~"template.*|postgres"}'
_DISK = 'fstype!~"tmpfs|overlay|squashfs|ramfs"'


def storage() -> board.Dashboard:
    """Return the dashboard."""
    return dashboard(
        "vigia-storage",
        "Databases and storage",
        "PostgreSQL, MLflow, the object store, disks and containers.",
        (
            Row("PostgreSQL", (*_postgres_figures(), *_postgres())),
            Row("MLflow", _mlflow()),
            Row("Object store (Compose)", _object_store()),
            Row("Machine and containers (Compose)", _machine()),
        ),
    )


def _postgres_figures() -> tuple[Panel, ...]:
    return (
        figure(
            "Connections",
            SHARE,
            Query(
                "max(sum by (instance) (pg_stat_activity_count)"
                " / max by (instance) (pg_settings_max_connections))"
            ),
            Limits(0.6, 0.8),
            about="Share of the connections that are taken.",
            alerts=("DatabaseConnectionsHigh",),
            width=6,
            decimals=0,
        ),
        figure(
            "Found in memory",
            SHARE,
            Query(
                f"sum(rate(pg_stat_database_blks_hit_total[{RATE}])) / (sum(rate("
                f"pg_stat_database_blks_hit_total[{RATE}])) + sum(rate("
                f"pg_stat_database_blks_read_total[{RATE}])))"
            ),
            Limits(0.95, 0.8, falling=True),
            about="Share of the blocks that need not be read from disk.",
            width=6,
            decimals=1,
        ),
        figure(
            "Oldest transaction",
            AGE,
            Query("max(pg_stat_activity_max_tx_duration)"),
            Limits(300, 1800),
            about="How long the oldest open transaction has lasted.",
            width=6,
            decimals=0,
        ),
        figure(
            "Running for",
            AGE,
            Query("time() - min(pg_postmaster_start_time_seconds)"),
            about="Since the server was started.",
            width=6,
            decimals=0,
        ),
    )


def _postgres() -> tuple[Panel, ...]:
    return (
        graph(
            "Size",
            BYTES,
            Query("max by (datname) (pg_database_size_bytes)", "{{datname}}"),
            about="Of each database, on disk.",
            alerts=("DiskLow",),
            logarithmic=True,
        ),
        graph(
            "Connections by database",
            COUNT,
            Query("sum by (datname, state) (pg_stat_activity_count)", "{{datname}} {{state}}"),
            about="What they do.",
            stacked=True,
            alerts=("DatabaseConnectionsHigh",),
        ),
        graph(
            "Transactions",
            EVENTS,
            Query(
                f"sum by (datname) (rate(pg_stat_database_xact_commit_total{_OURS}[{RATE}]))",
                "{{datname}} committed",
            ),
            Query(
                f"sum by (datname) (rate(pg_stat_database_xact_rollback_total{_OURS}[{RATE}])) > 0",
                "{{datname}} rolled back",
            ),
            about="In a second.",
        ),
        graph(
            "Locks",
            COUNT,
            Query("sum by (datname, mode) (pg_locks_count) > 0", "{{datname}} {{mode}}"),
            about="Held or awaited.",
        ),
        graph(
            "Deadlocks",
            COUNT,
            Query(
                "sum by (datname) (increase(pg_stat_database_deadlocks_total[1h]))", "{{datname}}"
            ),
            about="In the last hour.",
        ),
        graph(
            "Temporary files",
            BYTE_RATE,
            Query(
                f"sum by (datname) (rate(pg_stat_database_temp_bytes_total{_OURS}[{RATE}]))",
                "{{datname}}",
            ),
            about="Bytes a second that did not fit into memory.",
        ),
    )


def _mlflow() -> tuple[Panel, ...]:
    return (
        listing(
            "Registered versions",
            COUNT,
            Query("mlflow_model_versions", "versions"),
            about="By problem and stage.",
            columns={"problem": "problem", "stage": "stage"},
        ),
        listing(
            "Runs",
            COUNT,
            Query("mlflow_runs", "runs"),
            about="By experiment and status.",
            columns={"experiment": "experiment", "status": "status"},
        ),
        graph(
            "The exporter's questions",
            EVENTS,
            Query(
                f"sum by (database, status) (rate(queries_total[{RATE}]))",
                "{{database}} {{status}}",
            ),
            Query(f"sum by (database) (rate(database_errors_total[{RATE}]))", "{{database}} away"),
            about="Whether the databases answer the exporter.",
            alerts=("DatabaseAway",),
        ),
        graph(
            "Requests to MLflow",
            SECONDS,
            Query(
                f"sum(rate(mlflow_http_request_duration_seconds_sum[{RATE}]))"
                f" / sum(rate(mlflow_http_request_duration_seconds_count[{RATE}]))",
                "mean",
            ),
            about="How long they take.",
            width=24,
        ),
    )


def _object_store() -> tuple[Panel, ...]:
    return (
        figure(
            "Healthy",
            COUNT,
            Query("min(minio_cluster_health_status)"),
            Limits(1, 1, falling=True),
            about="1 where the object store says so.",
            alerts=("ObjectStoreUnhealthy",),
            width=6,
        ),
        graph(
            "Room in the object store",
            BYTES,
            Query("minio_cluster_capacity_usable_free_bytes", "free"),
            Query("minio_cluster_capacity_usable_total_bytes", "in all"),
            about="What may still be stored.",
            alerts=("ObjectStoreUnhealthy",),
            width=18,
        ),
    )


def _machine() -> tuple[Panel, ...]:
    return (
        bars(
            "Disks",
            SHARE,
            Query(
                f"1 - node_filesystem_avail_bytes{{{_DISK}}} / node_filesystem_size_bytes",
                "{{instance}} {{mountpoint}}",
            ),
            about="Share that is taken.",
            limits=Limits(0.85, 0.95),
            alerts=("DiskLow", "DiskFull"),
        ),
        graph(
            "Processor",
            SHARE,
            Query(
                f'1 - avg by (instance) (rate(node_cpu_seconds_total{{mode="idle"}}[{RATE}]))',
                "{{instance}}",
            ),
            about="Share of all cores that is at work.",
            limits=Limits(0.8, 0.95),
        ),
        graph(
            "Memory",
            SHARE,
            Query(
                "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "{{instance}}"
            ),
            about="Share that is taken.",
            limits=Limits(0.8, 0.95),
        ),
        graph(
            "Containers: processor",
            COUNT,
            Query(
                f'sum by (name) (rate(container_cpu_usage_seconds_total{{name!=""}}[{RATE}]))',
                "{{name}}",
            ),
            about="Cores that each takes.",
            width=12,
        ),
        graph(
            "Containers: memory",
            BYTES,
            Query('sum by (name) (container_memory_working_set_bytes{name!=""})', "{{name}}"),
            about="What each holds and cannot give back.",
            width=12,
        ),
        bars(
            "Certificates",
            AGE,
            Query("probe_ssl_earliest_cert_expiry - time()", "{{instance}}"),
            about="How long each is still valid.",
            limits=Limits(14 * 86400, 2 * 86400, falling=True),
            alerts=("CertificateExpiresSoon", "CertificateExpires"),
            width=12,
        ),
    )
