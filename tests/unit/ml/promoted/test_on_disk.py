"""A bundle on disk in the place of a registry: what is read, and what is refused."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ml import bundle
from ml.errors import BundleInvalid, InvalidSettings, RegistryUnavailable
from ml.promoted import PRODUCTION, STAGING, Version
from ml.promoted.export import export
from ml.promoted.on_disk import OnDisk
from tests.unit.ml.learning import toy_content


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle as training writes it."""
    folder = tmp_path_factory.mktemp("bare") / "bundle"
    bundle.write(toy_content(), folder)
    return folder


@pytest.fixture
def version(bare: Path) -> Version:
    digest = bundle.load(bare).digest
    return Version(
        name="toy", number="7", digest=digest, run_id="r", stage="Production", data="synthetic"
    )


def exported(bare: Path, version: Version, target: Path) -> OnDisk:
    export(OnDisk(bare), version, target)
    return OnDisk(target)


@pytest.mark.parametrize("name", ["there", "there.zip"])
def test_what_is_exported_is_the_same_version_and_the_same_bundle(
    bare: Path, version: Version, tmp_path: Path, name: str
) -> None:
    for _ in range(2):  # the second takes the place of the first
        source = exported(bare, version, tmp_path / "new" / name)
    assert source.problem() == "toy"
    assert source.holder("toy", PRODUCTION) == version
    assert source.holder("toy", STAGING) is None
    fetched = source.fetch(version, tmp_path / "fetched")
    assert bundle.load(fetched, expected_digest=version.digest).schema.problem == "toy"
    assert [path.name for path in (tmp_path / "new").iterdir()] == [name]


def test_an_archive_of_the_same_bundle_has_the_same_bytes(
    bare: Path, version: Version, tmp_path: Path
) -> None:
    for name in ("one.zip", "two.zip"):
        exported(bare, version, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize("pack", [False, True])
def test_a_bare_bundle_is_called_after_its_digest(
    bare: Path, version: Version, tmp_path: Path, *, pack: bool
) -> None:
    path = Path(shutil.make_archive(str(tmp_path / "b"), "zip", bare)) if pack else bare
    found = OnDisk(path).holder("toy", PRODUCTION)
    assert found is not None
    assert (found.number, found.digest) == (version.digest[:12], version.digest)
    assert (found.name, found.data, found.run_id) == ("toy", "synthetic", "")


def encrypted(path: Path) -> None:
    """An archive whose entries say that they are encrypted."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", b"{}")
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag in the entry's own header,
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    path.write_bytes(data)


def bomb(path: Path) -> None:
    """An archive that would unpack to more than any bundle has."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", b"{}")
    data = bytearray(path.read_bytes())
    size = data.index(b"PK\x01\x02") + 24
    data[size : size + 4] = (2**31).to_bytes(4, "little")
    path.write_bytes(data)


def holding(path: Path, name: str, text: str) -> None:
    path.mkdir()
    (path / name).write_text(text)


BREAK: dict[str, Callable[[Path], object]] = {
    "nothing is there": lambda _: None,
    "an empty folder": Path.mkdir,
    "no archive": lambda path: path.write_bytes(b"PK\x03\x04 cut short"),
    "an archive with a password": encrypted,
    "a bomb": bomb,
    "another JSON": lambda path: holding(path, "manifest.json", "[]"),
    "no version": lambda path: holding(path, "version.json", "{}"),
}


@pytest.mark.parametrize("break_", BREAK.values(), ids=BREAK)
def test_what_cannot_be_read_says_where_and_what_to_do(
    tmp_path: Path, break_: Callable[[Path], object]
) -> None:
    break_(tmp_path / "there")
    with pytest.raises(RegistryUnavailable, match=r"there \(.+\): put there the folder"):
        OnDisk(tmp_path / "there").holder("toy", PRODUCTION)


@pytest.mark.parametrize("odd", ["..", "a/b", ".hidden", "sub/"])
def test_an_archive_brings_no_file_but_a_bundles(
    bare: Path, version: Version, tmp_path: Path, odd: str
) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for file in bare.iterdir():
            archive.write(file, f"bundle/{file.name}")
        archive.writestr(f"bundle/{odd}", b"odd")
    with pytest.raises(BundleInvalid, match="holds what no bundle has"):
        OnDisk(tmp_path / "b.zip").fetch(version, tmp_path / "fetched")
    assert {path.name for path in tmp_path.rglob("*")} >= {"manifest.json"}
    assert not list(tmp_path.rglob("*odd*"))


def test_an_export_never_takes_the_place_of_something_else(
    bare: Path, version: Version, tmp_path: Path
) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one.txt").write_text("dear")
    with pytest.raises(InvalidSettings, match="is no exported bundle"):
        export(OnDisk(bare), version, tmp_path / "letters")
    (tmp_path / "file").write_text("dear")
    with pytest.raises(InvalidSettings, match="cannot be written"):
        export(OnDisk(bare), version, tmp_path / "file" / "below")
    assert (tmp_path / "letters" / "one.txt").read_text() == "dear"


def test_an_altered_bundle_is_not_exported_and_what_was_there_stays(
    bare: Path, version: Version, tmp_path: Path
) -> None:
    exported(bare, version, tmp_path / "there")
    altered = Path(shutil.copytree(bare, tmp_path / "altered"))
    (altered / "card.md").write_text("all is well")
    with pytest.raises(BundleInvalid):
        export(OnDisk(altered), version, tmp_path / "there")
    assert OnDisk(tmp_path / "there").holder("toy", PRODUCTION) == version
    assert msgspec.json.decode((tmp_path / "there" / "version.json").read_bytes())["number"] == "7"
