"""Loading of a bundle: nothing serves before digests, schema and probes have held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from ml.bundle.content import CARD, FORMAT, JSON_PARTS, SPANISH_CARD, Content
from ml.bundle.manifest import Manifest, read_verified
from ml.bundle.model import LoadedModel
from ml.errors import BundleInvalid, InvalidRecord
from ml.problems.text import Text

if TYPE_CHECKING:
    from pathlib import Path

# Both sides add the same float32 leaves in the same order.
_PROBE_TOLERANCE = 1e-9
# Made at import: two threads that make msgspec look at one class at once end the process.
_DECODERS = {part: msgspec.json.Decoder(kind) for part, kind in JSON_PARTS.items()}


def load(folder: Path, *, expected_digest: str | None = None) -> LoadedModel:
    """Read, verify and probe a bundle.

    Args:
        folder: the bundle's folder.
        expected_digest: the digest that the registry names for it.

    Raises:
        BundleInvalid: digests, schema or probe predictions do not match.
    """
    content, digest = read(folder, expected_digest)
    model = LoadedModel(content, digest)
    _probe(model, content)
    return model


def read(folder: Path, expected_digest: str | None = None) -> tuple[Content, str]:
    """Return a bundle's verified parts and its digest; `load` also probes them, and so serves.

    Raises:
        BundleInvalid: digests or schema do not match.
    """
    manifest, files, digest = read_verified(folder, expected_digest)
    return _content(manifest, files), digest


def _content(manifest: Manifest, files: dict[str, bytes]) -> Content:
    spanish = CARD if manifest.format < FORMAT else SPANISH_CARD
    fixed = {CARD, spanish, *(f"{part}.json" for part in JSON_PARTS)}
    boosters = {name: files[name] for name in files.keys() - fixed}
    if lacking := fixed - set(files):
        raise BundleInvalid(f"the bundle lacks {sorted(lacking)}")
    parts = {part: _part(part, _text(f"{part}.json", files)) for part in JSON_PARTS}
    card = Text(_text(CARD, files), _text(spanish, files))
    content = Content(data=manifest.data, boosters=boosters, card=card, **parts)
    if boosters.keys() != set(content.model.files):
        raise BundleInvalid(
            f"the bundle's model names the files {sorted(content.model.files)}, "
            f"the bundle holds {sorted(boosters)}"
        )
    if content.schema.problem != manifest.problem:
        raise BundleInvalid(
            f"the manifest is of {manifest.problem!r}, the schema of {content.schema.problem!r}"
        )
    if content.features.inputs != content.schema.inputs:
        raise BundleInvalid(
            "the feature map reads the inputs in another way than the schema declares them: "
            "the two are of different trainings; register the model again"
        )
    return content


def _text(name: str, files: dict[str, bytes]) -> str:
    try:
        return files[name].decode()
    except UnicodeDecodeError as error:
        raise BundleInvalid(f"{name} of the bundle does not parse: {error}") from error


def _part(part: str, data: str) -> Any:
    try:
        return _DECODERS[part].decode(data)
    except msgspec.DecodeError as error:
        raise BundleInvalid(f"{part}.json of the bundle does not parse: {error}") from error


def _probe(model: LoadedModel, content: Content) -> None:
    if not content.probes:
        raise BundleInvalid("the bundle holds no probe, so its predictions cannot be verified")
    try:
        risk = model.predict([probe.record for probe in content.probes]).risk
    except InvalidRecord as error:
        raise BundleInvalid(f"the bundle refuses its own probes: {error}") from error
    off = float(np.max(np.abs(risk - np.array([probe.risk for probe in content.probes]))))
    if not off <= _PROBE_TOLERANCE:
        raise BundleInvalid(
            f"a probe prediction is off by {off:.3g}: this machine's libraries do not compute "
            f"what the training computed; install the versions of the lock"
        )
