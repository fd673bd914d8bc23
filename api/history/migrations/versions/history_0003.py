"""The predicted class of a prediction, and of a clinician's own judgement."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; rows that are there already have none, for none was decided then."""
    op.add_column("prediction", sa.Column("predicted", sa.Text))
    op.add_column("feedback", sa.Column("predicted", sa.Text))
