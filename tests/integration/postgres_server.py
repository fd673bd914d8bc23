"""A real PostgreSQL in a folder and on a port of its own, as the embedded stack runs it."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path

import psutil

from infra.embedded.credentials import Credentials
from infra.embedded.postgres import Postgres
from infra.embedded.processes import Supervised
from tests.folders import folder_for_servers
from tests.integration.api.real_server import until
from tests.ports import HOST, free_port

STOP_SECONDS = 20


class PostgresServer:
    """One server, which a test can kill and start again."""

    def __init__(self) -> None:
        self._folder = folder_for_servers()
        folder, self._port = Path(self._folder.name), free_port()
        self._supervised = Supervised("postgres", folder)
        self.postgres = Postgres(folder / "postgres", self._port, Credentials(folder / "secrets"))

    def start(self) -> None:
        postgres = self.postgres
        postgres.prepare()
        # No test outlives a power cut, and a database made or dropped waits for the disk.
        command = (*postgres.command(), "-c", "fsync=off")
        self._supervised.launch(command, {}, postgres.folder, postgres.user)
        until(postgres.healthy, self._supervised.tail)

    @property
    def log(self) -> str:
        return self._supervised.log.read_text()

    def processes(self) -> set[psutil.Process]:
        return self._supervised.members()

    def trust(self) -> None:
        """Ask nobody on this machine for a password; to be called before the start."""
        self.postgres.prepare()
        rules = self.postgres.folder / "data" / "pg_hba.conf"
        rules.write_text(f"host all all {HOST}/32 trust\n")

    def url(self, database: str) -> str:
        """Return the address of a database for the superuser of a server that trusts."""
        return f"postgresql+psycopg2://postgres@{HOST}:{self._port}/{database}"

    def kill(self) -> None:
        """Kill all of its processes at once, as a machine does that loses its power."""
        members = self.processes()
        for process in members:
            with suppress(psutil.NoSuchProcess):  # its parent's death was its end
                process.kill()
        psutil.wait_procs(members, timeout=10)

    def stop(self) -> None:
        self._supervised.stop(signal.SIGINT, STOP_SECONDS)
        self._folder.cleanup()
