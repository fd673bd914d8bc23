"""What the monitors have found, for whoever asks the API; they write it themselves."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from api.history.database import POSTGRESQL, transaction
from ml.monitoring import store
from ml.monitoring.report import Report

MOST_REPORTS = 366


class Monitored(msgspec.Struct, frozen=True):
    """Reports on a problem's model in service, newest first; none where nobody has looked yet."""

    problem: str
    reports: list[Report]


def monitored(engine: sa.Engine, problem: str, most: int) -> Monitored:
    """Return at most so many reports; the monitors know no history on SQLite.

    Raises:
        HistoryUnavailable: the database does not answer.
    """
    if engine.dialect.name != POSTGRESQL:
        return Monitored(problem, [])
    with transaction(engine) as connection:
        return Monitored(problem, store.newest(connection, problem, most))
