"""A real database of predictions that a test can kill, and what it holds in the end."""

from __future__ import annotations

import signal
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
import sqlalchemy as sa

from api.history.__main__ import main
from api.history.database import connect, transaction
from api.history.tables import PREDICTION
from infra.embedded.credentials import Credentials
from infra.embedded.postgres import Postgres
from infra.embedded.processes import Supervised
from tests.integration.api.real_server import free_port, until


class Database:
    """A PostgreSQL of its own, which a test can kill and start again.

    Its folder is not pytest's: under root the server runs as another user, and every start
    of pytest takes the right to enter that folder from others.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="vigia-test-")
        folder = Path(self._folder.name)
        credentials = Credentials(folder / "secrets")
        self._server = Postgres(folder / "postgres", free_port(), credentials)
        self._supervised = Supervised("postgres", folder)
        self.url = self._server.url("serving")

    def start(self) -> None:
        server = self._server
        server.prepare()
        self._supervised.launch(server.command(), {}, server.folder, server.user)
        until(server.healthy)

    def make(self) -> None:
        self._server.ensure_databases()
        url = self._server.owner_url("serving")
        assert main(["migrate", "--url", url, "--service-role", "serving"]) == 0

    def kill(self) -> None:
        """Kill all of its processes at once, as a machine does that loses its power."""
        members = self._supervised.members()
        for process in members:
            with suppress(psutil.NoSuchProcess):  # its parent's death was its end
                process.kill()
        psutil.wait_procs(members, timeout=10)

    def stop(self) -> None:
        self._supervised.stop(signal.SIGINT, 20)
        self._folder.cleanup()


def stored(url: str) -> dict[str, float]:
    """Return the risk of every prediction in the history by its id."""
    engine = connect(url)
    with transaction(engine) as connection:
        rows = connection.execute(sa.select(PREDICTION.c.id, PREDICTION.c.risk)).all()
    engine.dispose()
    assert max(Counter(row.id for row in rows).values()) == 1
    return {row.id: row.risk for row in rows}
