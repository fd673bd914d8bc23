"""A bundle on this machine's disk, in the place of a registry.

It lies in a folder or in a zip archive, in one of two ways: as `export` writes it, with the
version that it has in the registry it comes from; or bare, as training writes it. A bare
bundle is a version called after its digest.
"""

from __future__ import annotations

import re
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from ml.bundle.content import MANIFEST
from ml.bundle.manifest import digest_of
from ml.errors import BundleInvalid, RegistryUnavailable
from ml.promoted.version import PRODUCTION, STAGES, Version

if TYPE_CHECKING:
    from collections.abc import Generator
    from importlib.resources.abc import Traversable
    from pathlib import Path

BUNDLE, VERSION = "bundle", "version.json"

# What an archive may unpack to; the largest model of the house has some megabytes.
_MOST_BYTES = 2**30
_PLAIN_NAME = re.compile(r"\w[\w.-]*", re.ASCII)
_SHORT = 12
_UNREADABLE = (
    OSError,
    zipfile.BadZipFile,
    RuntimeError,  # an archive with a password
    NotImplementedError,  # an archive packed in a way that Python does not know
    msgspec.DecodeError,
)


class _Manifest(msgspec.Struct, frozen=True):
    problem: str
    data: str


# Made at import: two threads that make msgspec look at one class at once end the process.
_VERSION_DECODER = msgspec.json.Decoder(Version)
_MANIFEST_DECODER = msgspec.json.Decoder(_Manifest)


class OnDisk:
    """The one promoted version of one problem's model; a `Source`.

    What lies there may be replaced at any time: whoever asks again is told of it.

    Args:
        path: the folder or the archive.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def problem(self) -> str:
        """Return what the bundle says that it predicts, or raise as `holder` does."""
        with self._read() as root:
            return _MANIFEST_DECODER.decode(
                _bundle_in(root).joinpath(MANIFEST).read_bytes()
            ).problem

    def holder(self, problem: str, alias: str) -> Version | None:
        """Return the version that lies there, as that of `problem`; it is production's alone.

        Whether the bundle is that problem's is seen when it is loaded.

        Raises:
            RegistryUnavailable: there is nothing that can be read.
        """
        if alias != PRODUCTION:
            return None
        with self._read() as root:
            if root.joinpath(VERSION).is_file():
                return _VERSION_DECODER.decode(root.joinpath(VERSION).read_bytes())
            manifest = _bundle_in(root).joinpath(MANIFEST).read_bytes()
            digest = digest_of(manifest)
            return Version(
                name=problem,
                number=digest[:_SHORT],
                digest=digest,
                run_id="",
                stage=STAGES[PRODUCTION],
                data=_MANIFEST_DECODER.decode(manifest).data,
            )

    def fetch(self, version: Version, folder: Path) -> Path:
        """Copy the bundle into `folder`; which version it is says its digest alone.

        Raises:
            BundleInvalid: it holds a file that no bundle has.
            RegistryUnavailable: it cannot be read.
        """
        del version
        target = folder / BUNDLE
        target.mkdir(parents=True)
        with self._read() as root:
            for file in _bundle_in(root).iterdir():
                if not _PLAIN_NAME.fullmatch(file.name) or not file.is_file():
                    message = f"the bundle at {self._path} holds what no bundle has: {file.name!r}"
                    raise BundleInvalid(message)
                (target / file.name).write_bytes(file.read_bytes())
        return target

    @contextmanager
    def _read(self) -> Generator[Traversable]:
        """Open what lies there, and turn the failures of reading it into one."""
        try:
            if self._path.is_dir():
                yield self._path
                return
            with zipfile.ZipFile(self._path) as archive:
                _refuse_bomb(archive)
                yield zipfile.Path(archive)
        except _UNREADABLE as error:
            message = (
                f"no bundle can be read at {self._path} ({_told(error)}): put there the folder or "
                f"the .zip that `python -m ml.registry export` writes"
            )
            raise RegistryUnavailable(message) from error


def _bundle_in(root: Traversable) -> Traversable:
    inner = root.joinpath(BUNDLE)
    return inner if inner.is_dir() else root


def _refuse_bomb(archive: zipfile.ZipFile) -> None:
    size = sum(entry.file_size for entry in archive.infolist())
    if size > _MOST_BYTES:
        message = f"it unpacks to {size} bytes, which no bundle does"
        raise zipfile.BadZipFile(message)


def _told(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else None
    return reason or str(error)
