"""The table of the reports, beside the history; append-only, as all of that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml.data.database import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

_TABLE = """
CREATE TABLE IF NOT EXISTS monitoring (
  problem text NOT NULL,
  dag_run text NOT NULL,
  "time" timestamptz NOT NULL DEFAULT now(),
  since timestamptz NOT NULL,
  until timestamptz NOT NULL,
  model_version text NOT NULL,
  model_digest text NOT NULL,
  predictions bigint NOT NULL,
  retrain boolean NOT NULL,
  report jsonb NOT NULL,
  PRIMARY KEY (problem, dag_run)
)
"""
_INDEX = "CREATE INDEX IF NOT EXISTS ix_monitoring_problem_until ON monitoring (problem, until)"
# The history's own trigger function: its owner may mend in a transaction that says so.
_TRIGGER = """
CREATE OR REPLACE TRIGGER history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
ON monitoring FOR EACH STATEMENT EXECUTE FUNCTION history_refuse()
"""
# What is monitored: neither who asked nor the request's id, nor what anybody thinks of it.
_READ = {
    "prediction": (
        *("id", "problem", "channel", "model_version", "patient", "time"),
        *("probabilities", "missing", "inputs"),
    ),
    "outcome": ("prediction_id", "revision", "outcome"),
}


def create(connection: sa.Connection) -> None:
    """Make the table where there is none, as the owner of the history's tables."""
    for statement in (_TABLE, _INDEX, _TRIGGER):
        connection.exec_driver_sql(statement)


def grant(connection: sa.Connection, monitor: str = "", readers: Sequence[str] = ()) -> None:
    """Give roles of PostgreSQL the rights that they need, and take every other.

    Args:
        connection: of the tables' owner.
        monitor: reads what is monitored and adds reports.
        readers: read reports.
    """
    if monitor:
        role = quoted(monitor)
        for table, columns in _READ.items():
            connection.exec_driver_sql(f"REVOKE ALL ON {table} FROM {role}")
            connection.exec_driver_sql(f"GRANT SELECT ({', '.join(columns)}) ON {table} TO {role}")
        connection.exec_driver_sql(f"REVOKE ALL ON monitoring FROM {role}")
        connection.exec_driver_sql(f"GRANT SELECT, INSERT ON monitoring TO {role}")
    for reader in readers:
        connection.exec_driver_sql(f"REVOKE ALL ON monitoring FROM {quoted(reader)}")
        connection.exec_driver_sql(f"GRANT SELECT ON monitoring TO {quoted(reader)}")
