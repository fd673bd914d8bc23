from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from infra.embedded.credentials import Credentials
from infra.embedded.services import services
from infra.embedded.settings import Settings

SECRET, KEY = "VIGIA_WEBHOOK_SECRET", "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"


def test_both_sides_know_what_they_need_and_nobody_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith(("VIGIA_", "MLFLOW_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(SECRET, "of-the-caller")

    def environments() -> dict[str, dict[str, str]]:
        table = services(Settings(state_dir=tmp_path), Credentials(tmp_path / "secrets"))
        return {service.name: service.environment for service in table}

    found = environments()
    assert [name for name in found if SECRET in found[name]] == ["api"]
    assert [name for name in found if KEY in found[name]] == ["mlflow"]
    assert len(found["api"][SECRET]) >= 64
    assert found["api"][SECRET] != "of-the-caller"
    kept = Fernet(found["mlflow"][KEY])
    assert kept.decrypt(kept.encrypt(b"secret")) == b"secret"
    again = environments()  # at the next start
    assert again["api"][SECRET] == found["api"][SECRET]
    assert again["mlflow"][KEY] == found["mlflow"][KEY]
