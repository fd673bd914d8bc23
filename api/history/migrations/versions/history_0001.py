"""The first tables: predictions, their outcomes, and the audit, all of them append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = ("prediction", "outcome", "audit")

# The owner may mend or erase (a patient's right, an end of retention) in a transaction that
# says so: SET LOCAL vigia.maintenance = 'on'. The service's role has no right to do either.
_REFUSE = """
CREATE FUNCTION history_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('vigia.maintenance', true) = 'on' THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege';
END $$
"""


def upgrade() -> None:
    """Make the tables and what protects them."""
    _prediction()
    _outcome()
    _audit()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_REFUSE)
        for table in _TABLES:
            op.execute(
                f"CREATE TRIGGER history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
                f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION history_refuse()"
            )
        return
    for table in _TABLES:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {change} is refused'); END"
            )


def _prediction() -> None:
    op.create_table(
        "prediction",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("record_index", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("model_digest", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("patient", sa.Text),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latency_ms", sa.Double, nullable=False),
        sa.Column("risk", sa.Double, nullable=False),
        sa.Column("band", sa.Text, nullable=False),
        sa.Column("probabilities", sa.JSON, nullable=False),
        sa.Column("missing", sa.JSON, nullable=False),
        sa.Column("inputs", sa.JSON, nullable=False),
    )
    op.create_index("ix_prediction_request_id", "prediction", ["request_id"])
    op.create_index("ix_prediction_patient", "prediction", ["patient"])
    op.create_index("ix_prediction_problem_id", "prediction", ["problem", "id"])
    op.create_index("ix_prediction_time", "prediction", ["time"])


def _outcome() -> None:
    op.create_table(
        "outcome",
        sa.Column("prediction_id", sa.Text, sa.ForeignKey("prediction.id"), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("model_digest", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
