"""Writing a promoted bundle to where a machine without a registry can take it from."""

from __future__ import annotations

import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import msgspec

from ml.bundle import load
from ml.errors import InvalidSettings, RegistryUnavailable
from ml.promoted.on_disk import BUNDLE, VERSION, OnDisk
from ml.promoted.source import Source
from ml.promoted.version import PRODUCTION, Version

# The same bundle gives the same archive.
_TIME = (1980, 1, 1, 0, 0, 0)


def export(source: Source, version: Version, target: Path) -> None:
    """Write a version and its verified bundle into a folder, or a zip archive if named `.zip`.

    The target is whole or as it was before: what is exported there already is replaced.

    Args:
        source: where the bundle is fetched.
        version: which.
        target: the folder or the archive.

    Raises:
        BundleInvalid: the bundle does not match its digests.
        InvalidSettings: something else lies at the target, or it cannot be written.
        RegistryUnavailable: the bundle could not be fetched.
    """
    _refuse_other(target, version.name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=target.parent) as folder:
            _export(source, version, Path(folder), target)
    except OSError as error:
        message = f"{target} cannot be written ({error.strerror}): name another place"
        raise InvalidSettings(message) from error


def _export(source: Source, version: Version, scratch: Path, target: Path) -> None:
    fetched = source.fetch(version, scratch / "fetched")
    load(fetched, expected_digest=version.digest)
    whole = scratch / "whole"
    whole.mkdir()
    fetched.rename(whole / BUNDLE)
    (whole / VERSION).write_bytes(msgspec.json.format(msgspec.json.encode(version), indent=2))
    if target.suffix == ".zip":
        _packed(whole, scratch / "packed").replace(target)
        return
    with suppress(FileNotFoundError):
        target.rename(scratch / "before")
    whole.rename(target)


def _packed(folder: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "w") as packed:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _TIME)
            packed.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return archive


def _refuse_other(target: Path, problem: str) -> None:
    """Raise `InvalidSettings` where something lies at the target that is no bundle."""
    if not target.exists():
        return
    try:
        OnDisk(target).holder(problem, PRODUCTION)
    except RegistryUnavailable:
        message = f"{target} is there already and is no exported bundle: name another place"
        raise InvalidSettings(message) from None
