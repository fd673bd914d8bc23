# ruff: noqa: ASYNC240 - nothing else runs on a test's event loop
from __future__ import annotations

import io
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.security import key_file, keys
from api.security.__main__ import main
from api.security.callers import Role
from api.security.credentials import Authentication
from api.security.errors import NotAuthenticated
from api.security.key_verifier import KeyVerifier
from api.security.settings import SecuritySettings
from ml.errors import InvalidSettings

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "api-keys.json"


def added(path: Path, capsys: pytest.CaptureFixture[str], role: str = "clinician") -> str:
    assert main(["--file", str(path), "add-key", "--role", role, "--name", "ward-3"]) == 0
    return capsys.readouterr().out.strip()


async def caller(path: Path, key: str, header: bytes = b"x-api-key") -> str:
    value = key if header == b"x-api-key" else f"Bearer {key}"
    found = await Authentication(KeyVerifier(path)).caller([(header, value.encode())])
    assert found.roles == {Role.CLINICIAN}
    return found.name


async def test_a_new_key_is_printed_once_and_stored_as_a_digest(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = added(path, capsys)
    assert re.fullmatch(r"vigia_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", key)
    stored = path.read_text()
    assert key not in stored
    assert key.rpartition("_")[2] not in stored
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await caller(path, key) == await caller(path, key, b"authorization") == "ward-3"
    assert main(["--file", str(path), "list-keys"]) == 0
    listed = capsys.readouterr().out
    assert "ward-3" in listed
    assert key not in listed


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"), "unknown_key"),
        (lambda key: key.replace(key[6:18], "0" * 12), "unknown_key"),
        (lambda key: key + "x", "unknown_key"),
        (lambda key: key.rpartition("_")[2], "unknown_key"),
        (lambda key: "\xff" * 20, "unknown_key"),
        (lambda key: "x" * 9000, "malformed"),
        (lambda key: " ", "no_credentials"),
    ],
)
async def test_a_wrong_key_is_refused_and_never_repeated(
    path: Path, capsys: pytest.CaptureFixture[str], wrong: object, reason: str
) -> None:
    assert callable(wrong)
    sent = wrong(added(path, capsys))
    with pytest.raises(NotAuthenticated) as refused:
        await Authentication(KeyVerifier(path)).caller([(b"x-api-key", sent.encode("latin-1"))])
    assert refused.value.reason == reason
    assert not sent.strip() or sent not in str(refused.value)


async def test_another_scheme_is_refused(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = added(path, capsys)
    with pytest.raises(NotAuthenticated, match="Bearer"):
        await Authentication(KeyVerifier(path)).caller(
            [(b"authorization", f"Basic {key}".encode())]
        )


async def test_an_expired_key_is_refused() -> None:
    now = datetime.now(UTC)
    key, entry = keys.make("ward-3", Role.CLINICIAN, now + timedelta(days=1))
    presented = keys.digest(key.encode())
    assert keys.check(entry, presented, now) is entry
    with pytest.raises(NotAuthenticated, match="expired"):
        keys.check(entry, presented, now + timedelta(days=1))


async def test_a_revoked_key_ends_and_the_one_in_its_place_works_without_a_restart(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.security.key_verifier.REMEMBER_SECONDS", 0.0)
    old = added(path, capsys)
    authentication = Authentication(KeyVerifier(path))
    assert (await authentication.caller([(b"x-api-key", old.encode())])).name == "ward-3"
    new = added(path, capsys)
    assert main(["--file", str(path), "revoke-key", old[6:18]]) == 0
    assert (await authentication.caller([(b"x-api-key", new.encode())])).name == "ward-3"
    with pytest.raises(NotAuthenticated, match="revoked"):
        await authentication.caller([(b"x-api-key", old.encode())])


async def test_a_file_that_breaks_while_serving_changes_nothing(
    path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    key = keys.make("ward-3", Role.CLINICIAN, None)
    with key_file.changing(path) as entries:
        entries[key[1].id] = key[1]
    verifier = KeyVerifier(path)
    path.write_text("{")
    found, _ = await verifier.verify(key[0].encode(), keys.digest(key[0].encode()))
    assert found.name == "ward-3"
    assert b"keys_unusable" in capsysbinary.readouterr().out


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_a_file_that_is_open_to_others_is_refused(
    path: Path, capsys: pytest.CaptureFixture[str], mode: int
) -> None:
    added(path, capsys)
    path.chmod(mode)
    with pytest.raises(InvalidSettings, match="chmod 600"):
        key_file.read(path)


@pytest.mark.parametrize("content", ["", "[]", '{"keys": [{"id": "x"}]}', '{"keys": [], "a": 1}'])
def test_a_file_that_holds_no_keys_is_refused(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(InvalidSettings, match="no file of keys"):
        key_file.read(path)


def test_a_missing_file_says_how_the_first_key_is_made(path: Path) -> None:
    with pytest.raises(InvalidSettings, match="add-key"):
        KeyVerifier(path)


def test_an_unknown_id_cannot_be_revoked(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--file", str(path), "revoke-key", "0" * 12]) == 1
    added(path, capsys)
    assert main(["--file", str(path), "revoke-key", "0" * 12]) == 1
    assert "list-keys" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"environment": "production", "auth": "off"}, "VIGIA_AUTH"),
        ({"cors_origins": "*"}, "VIGIA_CORS_ORIGINS"),
        ({"auth": "oidc"}, "VIGIA_OIDC_ISSUER"),
        (
            {
                "environment": "production",
                "auth": "oidc",
                "oidc_issuer": "https://id",
                "oidc_audience": "vigia",
                "oidc_jwks": "http://id/keys",
            },
            "VIGIA_OIDC_JWKS",
        ),
    ],
)
def test_an_unsafe_setting_stops_the_start(settings: dict[str, str], named: str) -> None:
    with pytest.raises(InvalidSettings, match=named):
        SecuritySettings(**settings)  # type: ignore[arg-type] # as they come from the environment


def test_without_a_setting_development_alone_is_open() -> None:
    assert SecuritySettings().authentication == "off"
    assert SecuritySettings(environment="production").authentication == "keys"


def keep(path: Path, key: str, monkeypatch: pytest.MonkeyPatch, role: str = "clinician") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{key}\n"))
    return main(["--file", str(path), "keep-key", "--role", role, "--name", "ward-3"])


async def test_a_key_that_was_made_elsewhere_can_be_made_known(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, _ = keys.make("elsewhere", Role.CLINICIAN, None)
    assert keep(path, key, monkeypatch) == 0
    assert keep(path, key, monkeypatch) == 0  # as often as the service starts
    assert [entry.name for entry in key_file.read(path).values()] == ["ward-3"]
    assert await caller(path, key) == "ward-3"


def test_a_kept_key_that_was_revoked_stays_revoked(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key, entry = keys.make("elsewhere", Role.CLINICIAN, None)
    keep(path, key, monkeypatch)
    assert main(["--file", str(path), "revoke-key", entry.id]) == 0
    capsys.readouterr()
    assert keep(path, key, monkeypatch) == 0
    assert "revoked" in capsys.readouterr().out


def test_what_is_no_key_is_refused_without_being_repeated(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keep(path, "change-me", monkeypatch) == 1
    assert "change-me" not in capsys.readouterr().err
    assert not path.exists()


def test_another_key_cannot_take_the_id_of_a_known_one(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key, entry = keys.make("elsewhere", Role.CLINICIAN, None)
    keep(path, key, monkeypatch)
    assert keep(path, f"vigia_{entry.id}_{'x' * 43}", monkeypatch, "operator") == 1
    assert entry.id in capsys.readouterr().err
