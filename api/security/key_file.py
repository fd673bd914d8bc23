"""The file of API keys: read by the service, written by `python -m api.security`."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import msgspec

from api.security.keys import Entry
from ml.errors import InvalidSettings

Mark: TypeAlias = tuple[int, int, int]
# Its group may read it, as mounted secrets are; nobody else, and only its owner may write.
_FORBIDDEN = 0o037


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: tuple[Entry, ...]


def read(path: Path) -> dict[str, Entry]:
    """Return the keys by their id.

    Raises:
        InvalidSettings: the file is missing, open to others, or not what it should be.
    """
    try:
        mode = path.stat().st_mode & 0o777
        content = path.read_bytes()
    except OSError as error:
        message = (
            f"the keys in {path} cannot be read ({error.strerror}): make the first with "
            f"`python -m api.security add-key --role ROLE --name NAME`, or set VIGIA_KEYS_FILE"
        )
        raise InvalidSettings(message) from None
    if mode & _FORBIDDEN:
        message = f"{path} is open to others (mode {mode:o}): `chmod 600 {path}`"
        raise InvalidSettings(message)
    try:
        return {entry.id: entry for entry in msgspec.json.decode(content, type=_Content).keys}
    except msgspec.DecodeError as error:
        raise InvalidSettings(f"{path} is no file of keys: {error}") from None


def mark(path: Path) -> Mark | None:
    """Return what changes whenever the file does, or `None` where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    # The mode is not in the size or the time of the content, but matters as much.
    return found.st_ino, max(found.st_mtime_ns, found.st_ctime_ns), found.st_size


@contextmanager
def changing(path: Path) -> Iterator[dict[str, Entry]]:
    """Yield the keys to be changed, and write them in one piece; commands take turns.

    Raises:
        InvalidSettings: a file is there that cannot be used, or none can be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(f".{path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            entries = read(path) if path.exists() else {}
            yield entries
            _write(path, _Content(tuple(entries.values())))
    except OSError as error:
        raise InvalidSettings(f"{path} cannot be written: {error.strerror}") from None


def _write(path: Path, content: _Content) -> None:
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    created = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(created, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(content)))
    unfinished.replace(path)
