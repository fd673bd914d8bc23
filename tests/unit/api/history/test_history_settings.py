from __future__ import annotations

from pathlib import Path

import pytest

from api.history.database import connect
from api.settings import Settings
from ml.errors import InvalidSettings


def test_without_an_address_the_history_lies_in_the_state_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert Settings(state_dir=Path("/s"), default_problem="toy").history_url == (
        "sqlite:////s/history.db"
    )


def test_the_address_is_read_without_a_prefix_and_hidden_in_print(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:pa55word@h/d")
    settings = Settings(default_problem="toy")
    assert settings.history_url == "postgresql://u:pa55word@h/d"
    assert "pa55word" not in repr(settings)


def test_a_placeholder_password_stops_the_start_outside_development(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:change-me@h/d")
    with pytest.raises(InvalidSettings, match="DATABASE_URL still holds the placeholder"):
        Settings(default_problem="toy", environment="production")


@pytest.mark.parametrize(
    "url", ["secret", "mysql://u:hush-hush@h/d", "sqlite://", "sqlite:///:memory:"]
)
def test_an_address_that_cannot_keep_a_history_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InvalidSettings, match="set DATABASE_URL to an address like") as refused:
        connect(url)
    assert "secret" not in str(refused.value)
