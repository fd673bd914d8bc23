"""The table of the reports, beside the history; append-only, as all of that is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from ml.data.database import quoted
from ml.monitoring.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

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
# A second writer of the same run, such as a retry, leaves the first one's row.
_ADD = """
INSERT INTO monitoring (problem, dag_run, since, until, model_version, model_digest,
  predictions, retrain, report)
VALUES (:problem, :dag_run, :since, :until, :version, :digest, :predictions, :retrain,
  CAST(:report AS jsonb))
ON CONFLICT (problem, dag_run) DO NOTHING
"""
_OF_RUN = "SELECT report::text FROM monitoring WHERE problem = :problem AND dag_run = :dag_run"
_NEWEST = """
SELECT report::text FROM monitoring WHERE problem = :problem
ORDER BY until DESC, "time" DESC LIMIT :most
"""
_LAST_ASKED = (
    "SELECT max(until) FROM monitoring WHERE problem = :problem AND retrain AND until < :now"
)
_decode = msgspec.json.Decoder(Report).decode


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


def of_run(connection: sa.Connection, problem: str, dag_run: str) -> Report | None:
    """Return the report of a DAG run, if it has made one."""
    key = {"problem": problem, "dag_run": dag_run}
    found = connection.scalar(sa.text(_OF_RUN), key)
    return None if found is None else _decode(found)


def add(connection: sa.Connection, report: Report) -> None:
    """Keep a report; one of the same DAG run that is there already stays."""
    row = {
        "problem": report.problem,
        "dag_run": report.dag_run,
        "since": report.since,
        "until": report.until,
        "version": report.version,
        "digest": report.digest,
        "predictions": report.predictions,
        "retrain": report.decision.retrain,
        "report": msgspec.json.encode(report).decode(),
    }
    connection.execute(sa.text(_ADD), row)


def newest(connection: sa.Connection, problem: str, most: int = 1) -> list[Report]:
    """Return a problem's reports, newest first."""
    found = connection.execute(sa.text(_NEWEST), {"problem": problem, "most": most})
    return [_decode(row[0]) for row in found]


def last_asked(connection: sa.Connection, problem: str, now: datetime) -> datetime | None:
    """Return when, before `now`, a training was last asked for."""
    found: datetime | None = connection.scalar(
        sa.text(_LAST_ASKED), {"problem": problem, "now": now}
    )
    return found
