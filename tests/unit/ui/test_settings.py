from __future__ import annotations

import pytest
from pydantic import ValidationError

from ui.settings import Settings


def test_the_defaults_find_an_api_on_the_same_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIA_API_URL", raising=False)
    monkeypatch.delenv("VIGIA_LANGUAGE", raising=False)

    assert str(Settings().api_url) == "http://127.0.0.1:8000/"
    assert Settings().language == "en"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VIGIA_API_URL", "127.0.0.1:8000"),
        ("VIGIA_API_TIMEOUT_SECONDS", "0"),
        ("VIGIA_LANGUAGE", "fr"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError):
        Settings()
