from __future__ import annotations

import os
from pathlib import Path

import pytest

from api.security import key_file, keys
from api.security.callers import Role
from infra.embedded.api_keys import api_key, login
from infra.embedded.credentials import Credentials
from infra.embedded.services import services
from infra.embedded.settings import Settings


@pytest.fixture(autouse=True)
def _no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("VIGIA_")]:
        monkeypatch.delenv(name)


def test_an_open_api_needs_no_key(tmp_path: Path) -> None:
    assert api_key("pages", Role.CLINICIAN, Credentials(tmp_path / "secrets"), tmp_path) == ""
    assert not (tmp_path / "api-keys.json").exists()


def test_each_service_gets_a_key_of_its_own_and_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIA_AUTH", "keys")
    credentials = Credentials(tmp_path / "secrets")
    pages = api_key("pages", Role.CLINICIAN, credentials, tmp_path)
    runner = api_key("runner", Role.OPERATOR, credentials, tmp_path)
    assert api_key("pages", Role.CLINICIAN, credentials, tmp_path) == pages
    known = key_file.read(tmp_path / "api-keys.json")
    roles = {key: known[keys.identity_of(key) or ""].role for key in (pages, runner)}
    assert roles == {pages: Role.CLINICIAN, runner: Role.OPERATOR}


def test_a_key_that_the_api_does_not_know_any_more_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIA_AUTH", "keys")
    credentials = Credentials(tmp_path / "secrets")
    lost = api_key("pages", Role.CLINICIAN, credentials, tmp_path)
    (tmp_path / "api-keys.json").unlink()
    found = api_key("pages", Role.CLINICIAN, credentials, tmp_path)
    assert found != lost
    assert keys.identity_of(found) in key_file.read(tmp_path / "api-keys.json")


def test_no_service_but_the_pages_knows_the_pages_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIA_AUTH", "keys")
    monkeypatch.setenv("VIGIA_API_KEY", "the caller's own")
    credentials = Credentials(tmp_path / "secrets")
    table = services(Settings(state_dir=tmp_path), credentials)
    key = credentials.find("api-key-pages")
    assert key is not None
    knowing = [service.name for service in table if key in service.environment.values()]
    assert knowing == ["ui"]
    assert not any("the caller's own" in service.environment.values() for service in table)


@pytest.mark.parametrize(("auth", "said"), [("off", "no login"), ("keys", "add-key"), ("", "no l")])
def test_the_runner_says_how_the_api_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, auth: str, said: str
) -> None:
    if auth:
        monkeypatch.setenv("VIGIA_AUTH", auth)
    assert said in login(tmp_path)
