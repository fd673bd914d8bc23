"""The manifest: every file of a bundle with its SHA-256, and the bundle's own digest."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Literal

import msgspec

from ml.bundle.content import MANIFEST, READABLE
from ml.errors import BundleInvalid

if TYPE_CHECKING:
    from pathlib import Path

_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]*\.(?:json|ubj|md)")


class FileDigest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Size in bytes and SHA-256 of one file."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a bundle consists of. It holds no time, so that equal content is equal bytes."""

    format: int
    problem: str
    data: Literal["real", "synthetic"]
    files: dict[str, FileDigest]

    def to_json(self) -> bytes:
        """Return the manifest's bytes; their SHA-256 is the bundle's digest."""
        return msgspec.json.format(msgspec.json.encode(self, order="deterministic"), indent=2)


# Made at import: two threads that make msgspec look at one class at once end the process.
_DECODER = msgspec.json.Decoder(Manifest)


def digest_of(manifest: bytes) -> str:
    """Return the bundle's digest: the SHA-256 of its manifest."""
    return hashlib.sha256(manifest).hexdigest()


def describe(content: bytes) -> FileDigest:
    """Return the manifest's entry for a file."""
    return FileDigest(len(content), hashlib.sha256(content).hexdigest())


def read_verified(
    folder: Path, expected_digest: str | None
) -> tuple[Manifest, dict[str, bytes], str]:
    """Return a bundle's manifest, its files' bytes and its digest.

    Each file is read once, and what was read is what was verified.

    Raises:
        BundleInvalid: a file is missing, unlisted or altered, or the digest is not the
            expected one.
    """
    raw = _read(folder, MANIFEST)
    digest = digest_of(raw)
    if expected_digest is not None and digest != expected_digest:
        raise BundleInvalid(
            f"the bundle's digest is {digest}, but the registry names {expected_digest}: "
            f"it was altered after registration; register the model again"
        )
    manifest = _decode(raw)
    _check_names(folder, manifest)
    files = {name: _read(folder, name) for name in manifest.files}
    for name, content in files.items():
        if describe(content) != manifest.files[name]:
            raise BundleInvalid(f"{name} is not the file that the manifest lists: it was altered")
    return manifest, files, digest


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise BundleInvalid(f"{name} of the bundle cannot be read: {error.strerror}") from error


def _decode(raw: bytes) -> Manifest:
    try:
        manifest = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleInvalid(f"{MANIFEST} of the bundle does not parse: {error}") from error
    if manifest.format not in READABLE:
        raise BundleInvalid(
            f"the bundle has format {manifest.format}, this code reads formats "
            f"{' and '.join(map(str, READABLE))}: train the model again, or run the release that "
            f"wrote it"
        )
    return manifest


def _check_names(folder: Path, manifest: Manifest) -> None:
    odd = sorted(name for name in manifest.files if not _PLAIN_NAME.fullmatch(name))
    if odd:
        raise BundleInvalid(f"the manifest names files that no bundle has: {odd}")
    unlisted = sorted({path.name for path in folder.iterdir()} - set(manifest.files) - {MANIFEST})
    if unlisted:
        raise BundleInvalid(f"the bundle holds files that its manifest does not list: {unlisted}")
