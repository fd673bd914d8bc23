"""What DVC knows of a run: the MD5 of its data and of its bundle, as `dvc.lock` tells them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import msgspec

from ml.errors import DataError
from ml.pipeline.places import BUNDLE, CLEAN, LOCK

if TYPE_CHECKING:
    from pathlib import Path


class _Output(msgspec.Struct, frozen=True):
    path: str
    md5: str = ""


class _Stage(msgspec.Struct, frozen=True):
    outs: list[_Output]


class _Lock(msgspec.Struct, frozen=True):
    stages: dict[str, _Stage]


def lineage() -> dict[str, str]:
    """Return the tags of a version that DVC has made.

    Raises:
        DataError: there is no `dvc.lock`, or it is of another run than what lies here.
    """
    return {
        "dvc.lock_md5": hashlib.md5(_lock(), usedforsecurity=False).hexdigest(),
        "dvc.data_md5": _checked(CLEAN),
        "dvc.bundle_md5": _checked(BUNDLE),
    }


def _lock() -> bytes:
    if not LOCK.is_file():
        raise DataError(f"there is no {LOCK} here: run `dvc repro` first")
    return LOCK.read_bytes()


def _checked(folder: Path) -> str:
    """Return a folder's MD5 after DVC's lock, if it is that of what lies there."""
    stages = msgspec.yaml.decode(_lock(), type=_Lock).stages.values()
    noted = {out.path: out.md5 for stage in stages for out in stage.outs}.get(str(folder), "")
    if noted != _md5_of(folder):
        message = f"{folder} is not what {LOCK} tells of: run `dvc repro`, or `dvc checkout`"
        raise DataError(message)
    return noted


def _md5_of(folder: Path) -> str:
    """Return what DVC calls a folder: the MD5 of the JSON list of its files and their MD5s.

    https://doc.dvc.org/user-guide/project-structure/internal-files#structure-of-the-cache-directory
    """
    files = (
        {"md5": _md5(path), "relpath": path.relative_to(folder).as_posix()}
        for path in folder.rglob("*")
        if path.is_file()
    )
    listed = json.dumps(sorted(files, key=lambda file: file["relpath"]), sort_keys=True)
    return f"{hashlib.md5(listed.encode(), usedforsecurity=False).hexdigest()}.dir"


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
