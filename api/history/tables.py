"""The tables of the `serving` database, for both dialects."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

METADATA = sa.MetaData()


class UtcTime(sa.TypeDecorator[datetime]):
    """A moment: PostgreSQL keeps its zone, SQLite keeps it in UTC without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment as the database takes it."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


PREDICTION = sa.Table(
    "prediction",
    METADATA,
    # In the order of time, see `rows.Ids`: pages and spans of time are ranges of it.
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("request_id", sa.Text, nullable=False, index=True),
    sa.Column("record_index", sa.Integer, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("model_digest", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("caller", sa.Text, nullable=False),
    sa.Column("patient", sa.Text, index=True),
    sa.Column("time", UtcTime, nullable=False),
    sa.Column("latency_ms", sa.Double, nullable=False),
    sa.Column("risk", sa.Double, nullable=False),
    sa.Column("band", sa.Text, nullable=False),
    sa.Column("probabilities", sa.JSON, nullable=False),
    sa.Column("missing", sa.JSON, nullable=False),
    # JSON as it was sent: PostgreSQL's jsonb would change numbers and refuse some texts.
    sa.Column("inputs", sa.JSON, nullable=False),
    # Rows that an earlier release has kept lack it.
    sa.Column("predicted", sa.Text),
    sa.Index("ix_prediction_problem_id", "problem", "id"),
    sa.Index("ix_prediction_time", "time"),
)

OUTCOME = sa.Table(
    "outcome",
    METADATA,
    sa.Column("prediction_id", sa.Text, sa.ForeignKey("prediction.id"), primary_key=True),
    # From 1; the highest is valid, the others are what was believed before.
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("observed_at", UtcTime, nullable=False),
    sa.Column("caller", sa.Text, nullable=False),
    sa.Column("time", UtcTime, nullable=False),
)

FEEDBACK = sa.Table(
    "feedback",
    METADATA,
    sa.Column("prediction_id", sa.Text, sa.ForeignKey("prediction.id"), primary_key=True),
    # From 1; each is what somebody thought then, and none takes the place of another.
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("band", sa.Text),
    sa.Column("predicted", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("caller", sa.Text, nullable=False),
    sa.Column("time", UtcTime, nullable=False),
)

AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("time", UtcTime, nullable=False),
    sa.Column("caller", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("model_digest", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)
