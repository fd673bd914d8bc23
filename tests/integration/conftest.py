"""Real servers for the integration tests: PostgreSQL, and MLflow where it is asked for."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import sqlalchemy as sa

from ml.data.database import connect
from tests.integration.mlflow_server import mlflow_server, mlflow_uri
from tests.integration.postgres_server import PostgresServer
from tests.integration.promoted import Promoted

__all__ = ["mlflow_server", "mlflow_uri"]

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[str], str]]:
    """A running server: call it with a database's name for its SQLAlchemy address."""
    server = PostgresServer()
    server.trust()
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def database_url(postgres: Callable[[str], str]) -> Iterator[str]:
    """The address of an empty database, dropped after the test."""
    name = f"test_{next(_numbers)}"
    admin = sa.create_engine(postgres("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
        yield postgres(name)
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """An engine on the test's own database."""
    opened = connect(database_url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def promoted(
    postgres: Callable[[str], str], mlflow_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Promoted]:
    """Declared problems in production: call it with a problem's name."""
    with ExitStack() as exits:
        yield Promoted(postgres, mlflow_uri, tmp_path_factory.mktemp("promoted"), exits)
