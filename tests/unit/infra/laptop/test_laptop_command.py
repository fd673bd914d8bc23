from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.laptop.__main__ import main
from infra.laptop.settings import load
from ml.errors import InvalidSettings
from tests.unit.api.toy_models import train


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The command may leave nothing behind in the process of the tests."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.chdir(tmp_path)
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.parametrize(
    ("bundle", "problem", "told"),
    [
        ("none.zip", "", "no bundle can be read at"),
        ("bundle", "heart", "is a model of toy, not of heart"),
        ("bundle", "", "there is no problem called 'toy'"),
    ],
)
def test_what_cannot_be_served_is_told_at_once(
    bundle: str, problem: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(tmp_path / "bundle")
    assert main(["--bundle", bundle, "--problem", problem]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert told in said
    assert len(said.splitlines()) == 1


def test_a_malformed_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIA_UI_PORT", "s3cret")
    with pytest.raises(InvalidSettings, match="VIGIA_UI_PORT: Input should be") as caught:
        load()
    assert "s3cret" not in str(caught.value)
