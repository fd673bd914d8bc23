"""Writing of a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ml.bundle.content import CARD, FORMAT, JSON_PARTS, MANIFEST, MODEL, Content
from ml.bundle.manifest import Manifest, describe, digest_of

if TYPE_CHECKING:
    from pathlib import Path


def write(content: Content, folder: Path) -> str:
    """Write a bundle into a new folder and return its digest.

    Equal content gives equal bytes and so an equal digest.
    """
    folder.mkdir(parents=True)
    files = _files(content)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    manifest = Manifest(
        format=FORMAT,
        problem=content.schema.problem,
        data=content.data,
        files={name: describe(data) for name, data in files.items()},
    ).to_json()
    (folder / MANIFEST).write_bytes(manifest)
    return digest_of(manifest)


def _files(content: Content) -> dict[str, bytes]:
    parts = {
        f"{part}.json": msgspec.json.encode(getattr(content, part), order="deterministic")
        for part in JSON_PARTS
    }
    return {**parts, MODEL: content.model, CARD: content.card.encode()}
