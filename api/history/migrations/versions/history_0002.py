"""What clinicians think of predictions; append-only as all the rest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and what protects it."""
    op.create_table(
        "feedback",
        sa.Column("prediction_id", sa.Text, sa.ForeignKey("prediction.id"), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("band", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            "ON feedback FOR EACH STATEMENT EXECUTE FUNCTION history_refuse()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER feedback_no_{change.lower()} BEFORE {change} ON feedback "
            f"BEGIN SELECT RAISE(ABORT, 'feedback is append-only: {change} is refused'); END"
        )
