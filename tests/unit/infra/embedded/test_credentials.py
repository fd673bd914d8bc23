from __future__ import annotations

import stat
from pathlib import Path

from infra.embedded.credentials import Credentials


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first = Credentials(tmp_path / "secrets").get("one")

    assert Credentials(tmp_path / "secrets").get("one") == first
    assert len(first) == 64


def test_every_secret_is_another(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path)

    assert credentials.get("one") != credentials.get("two")


def test_a_secret_is_only_its_owners(tmp_path: Path) -> None:
    Credentials(tmp_path).get("one")

    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600


def test_what_a_kill_left_half_written_is_overcome(tmp_path: Path) -> None:
    (tmp_path / ".one").write_text("hal")

    assert len(Credentials(tmp_path).get("one")) == 64
