from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.history.database import connect
from api.history.migrate import migrate
from api.history.settings import HistorySettings

_numbers = itertools.count()


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database that is not migrated yet, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'history.db'}"
    address: str = request.getfixturevalue("database_url")
    return address


@pytest.fixture
def service_url(database_url: str) -> Iterator[str]:
    """The address of a migrated PostgreSQL database for a role that may add and read."""
    owner = connect(database_url)
    role = f"service_{next(_numbers)}"
    with owner.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
    migrate(owner, role)
    yield sa.make_url(database_url).set(username=role).render_as_string(hide_password=False)
    with owner.begin() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {role}")
        connection.exec_driver_sql(f"DROP ROLE {role}")
    owner.dispose()


@pytest.fixture
def settings_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], HistorySettings]:
    def make(url: str) -> HistorySettings:
        monkeypatch.setenv("DATABASE_URL", url)
        return HistorySettings(state_dir=tmp_path / "state")

    return make
