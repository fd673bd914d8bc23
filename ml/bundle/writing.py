"""Writing of a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ml.bundle.content import CARD, FORMAT, JSON_PARTS, MANIFEST, SPANISH_CARD, Content
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
        f"{part}.json": msgspec.json.encode(_ordered(getattr(content, part))) for part in JSON_PARTS
    }
    cards = {CARD: content.card.en.encode(), SPANISH_CARD: content.card.es.encode()}
    return {**parts, **content.boosters, **cards}


def _ordered(value: Any) -> Any:
    """Return JSON types with sets sorted and dictionaries as they are.

    A dictionary's order has a meaning: that of the classes is that of the probabilities,
    that of a category's values is that of a form. The encoder's own order would lose it.
    """
    match value:
        case msgspec.Struct():
            tag = value.__struct_config__
            fields = _ordered(msgspec.structs.asdict(value))
            return {tag.tag_field: tag.tag, **fields} if tag.tag_field else fields
        case dict():
            return {name: _ordered(member) for name, member in value.items()}
        case frozenset():
            return sorted(value)
        case tuple() | list():
            return [_ordered(member) for member in value]
    return value
