from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import ml.code_version
from ml.code_version import code_digest


@pytest.fixture
def digest_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], str]:
    """Return the digest that the code would tell if it stood in that folder."""

    def digest(folder: Path) -> str:
        monkeypatch.setattr(ml.code_version, "__file__", str(folder / "code_version.py"))
        return code_digest.__wrapped__()

    return digest


def test_a_copy_has_the_same_version_and_an_edit_or_a_new_name_another(
    tmp_path: Path, digest_of: Callable[[Path], str]
) -> None:
    original = Path(ml.code_version.__file__).parent
    assert len(code_digest()) == 64
    copy = Path(shutil.copytree(original, tmp_path / "ml"))
    assert digest_of(copy) == code_digest()
    (copy / "errors.py").write_bytes((copy / "errors.py").read_bytes() + b"#")
    edited = digest_of(copy)
    assert edited != code_digest()
    (copy / "errors.py").rename(copy / "faults.py")
    assert digest_of(copy) not in {edited, code_digest()}


def test_what_is_no_source_does_not_count(tmp_path: Path, digest_of: Callable[[Path], str]) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    before = digest_of(tmp_path)
    (tmp_path / "a.pyc").write_bytes(b"1")
    assert digest_of(tmp_path) == before
