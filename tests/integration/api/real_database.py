"""A real database of predictions that a test can kill, and what it holds in the end."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from api.history.__main__ import main
from api.history.database import connect, transaction
from api.history.tables import PREDICTION
from tests.integration.postgres_server import PostgresServer


class Database(PostgresServer):
    """A PostgreSQL whose database of predictions the service may add to and read."""

    def __init__(self) -> None:
        super().__init__()
        self.service_url = self.postgres.url("serving")

    def make(self) -> None:
        self.postgres.ensure_databases()
        url = self.postgres.owner_url("serving")
        assert main(["migrate", "--url", url, "--service-role", "serving"]) == 0


def stored(url: str) -> dict[str, float]:
    """Return the risk of every prediction in the history by its id."""
    engine = connect(url)
    with transaction(engine) as connection:
        rows = connection.execute(sa.select(PREDICTION.c.id, PREDICTION.c.risk)).all()
    engine.dispose()
    assert max(Counter(row.id for row in rows).values()) == 1
    return {row.id: row.risk for row in rows}
