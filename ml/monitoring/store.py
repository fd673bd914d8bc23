"""Reports, written and read."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from ml.monitoring.report import Report

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
