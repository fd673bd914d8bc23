"""A real service outside development, with the toy problem and every declared one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.security import key_file, keys
from api.security.callers import Role
from ml import problems
from ml.registry import Version
from tests import toy
from tests.integration.api.real_server import Server, shelve
from tests.unit.api.toy_models import train

Keys = dict[Role, str]
# Looked up now, before any test hides the declared ones behind the toy problem.
REAL = problems.names()
DECLARED = [toy.problem, *(problems.find(name) for name in REAL)]


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Version]]:
    """One trained bundle of each problem, by name."""
    folder = tmp_path_factory.mktemp("bundles")
    found = {}
    for problem in DECLARED:
        trained = train(folder / problem.name, problem=problem)
        version = Version(
            name=problem.name,
            number="1",
            digest=trained.digest,
            run_id="r",
            stage="Production",
            data="synthetic",
        )
        found[problem.name] = trained.folder, version
    return found


@pytest.fixture(scope="module")
def state(
    bundles: dict[str, tuple[Path, Version]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A state folder in which every model has served before."""
    made = tmp_path_factory.mktemp("state")
    for folder, version in bundles.values():
        shelve(made, folder, version)
    return made


@pytest.fixture(scope="module")
def made(state: Path) -> Keys:
    """One key of each role."""
    with key_file.changing(state / "api-keys.json") as entries:
        found = {}
        for role in Role:
            found[role], entry = keys.make(f"a-{role}", role, None)
            entries[entry.id] = entry
    return found


def guarded(state: Path, **settings: object) -> Server:
    """Return a service that asks for keys and keeps a history."""
    return Server(
        state,
        environment="production",
        problems=",".join(["toy", *REAL]),
        history="on",
        failures_per_minute=1_000_000,
        rate_limit_per_second=1_000_000,
        rate_limit_burst=1_000_000,
        **settings,
    )


@pytest.fixture(scope="module")
def service(state: Path, made: Keys) -> Iterator[Server]:
    """That service, running for all tests of a file."""
    server = guarded(state)
    with server.running():
        yield server
