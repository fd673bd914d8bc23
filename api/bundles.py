"""The bundles on this machine: fetched once by digest, verified at every load.

Several processes may share the folder. A bundle is verified where it was fetched to, which
nobody else touches, and only then put into the folder; whoever reads there holds a lock
that keeps others from taking it away meanwhile.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

import numpy as np
import structlog

from api import contracts
from api.history import locks
from ml import bundle, problems
from ml.bundle import LoadedModel, Schema
from ml.errors import BundleInvalid, RegistryUnavailable
from ml.promoted import Source, Version

log = structlog.get_logger()

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SCRATCH = ".fetch-"
_ABANDONED_SECONDS = 24 * 3600.0


class Bundles:
    """The cache of bundles between the registry and the slots.

    Its methods block: call them in a thread.

    Args:
        folder: where the bundles lie, one folder for each digest.
        registry: where a bundle that is not here is fetched.
    """

    def __init__(self, folder: Path, registry: Source) -> None:
        self._folder = folder
        self._lock = folder.with_suffix(".lock")
        self._registry = registry

    def held(self, problem: str, version: Version) -> LoadedModel | None:
        """Return the verified model of a version whose bundle is here, `None` where none is.

        Raises:
            BundleInvalid: it is here, but does not match. It is removed, unless it is sound and
                of another contract: an older release may want it again.
        """
        path = self._folder / version.digest
        if not _DIGEST.fullmatch(version.digest) or not self._folder.is_dir():
            return None
        try:
            with locks.shared(self._lock):
                if not _touched(path):
                    return None
                model = bundle.load(path, expected_digest=version.digest)
        except BundleInvalid:
            with locks.held(self._lock):
                _remove(path)  # or what another process has put in its place: it is fetched anew
            raise
        _check(model, problem, version)
        return model

    def fetch(self, problem: str, version: Version) -> LoadedModel:
        """Return the verified model of a version from the registry, and keep its bundle.

        Raises:
            BundleInvalid: digests, schema, problem or probe predictions do not match.
            RegistryUnavailable: it could not be fetched.
        """
        if not _DIGEST.fullmatch(version.digest):
            message = (
                f"version {version.number} carries no SHA-256 digest in the registry; "
                f"register the model again"
            )
            raise BundleInvalid(message)
        with self._scratch() as scratch:
            fetched = self._registry.fetch(version, Path(scratch))
            model = bundle.load(fetched, expected_digest=version.digest)
            _check(model, problem, version)
            self._keep(fetched, version)
        return model

    def prune(self, used: Collection[str], spare: int) -> None:
        """Remove all bundles but those of the digests `used`, and the `spare` used last.

        Nothing is removed while any process reads a bundle; the next swap prunes again.
        """
        try:
            lock = locks.taken(self._lock)
            if lock is not None:
                try:
                    self._prune(used, spare)
                finally:
                    os.close(lock)
        except OSError as error:
            log.warning("bundles_not_pruned", reason=error.strerror)

    def _scratch(self) -> tempfile.TemporaryDirectory[str]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=self._folder)
        except OSError as error:
            message = (
                f"no bundle can be fetched to {self._folder} ({error.strerror}): free the disk, "
                f"or set VIGIA_STATE_DIR to a folder that can be written"
            )
            raise RegistryUnavailable(message) from error

    def _keep(self, fetched: Path, version: Version) -> None:
        """Put a verified bundle where it is looked for; it serves whether or not that can be."""
        try:
            with locks.held(self._lock):
                _remove(self._folder / version.digest)  # another worker's, as good
                fetched.rename(self._folder / version.digest)
        except OSError as error:
            log.warning("bundle_not_kept", digest=version.digest, reason=error.strerror)

    def _prune(self, used: Collection[str], spare: int) -> None:
        for path in self._unused(used)[spare:]:
            _remove(path)
            log.info("bundle_pruned", digest=path.name)
        for path in self._folder.glob(f"{_SCRATCH}*"):
            if path.stat().st_mtime < time.time() - _ABANDONED_SECONDS:
                _remove(path)  # of a worker that was killed

    def _unused(self, used: Collection[str]) -> list[Path]:
        found = [path for path in self._folder.iterdir() if _DIGEST.fullmatch(path.name)]
        unused = [path for path in found if path.name not in used]
        return sorted(unused, key=lambda path: path.stat().st_mtime, reverse=True)


def _touched(path: Path) -> bool:
    """Note that a bundle is used, and tell whether it is there."""
    try:
        os.utime(path)
    except OSError:  # not there; or somebody else's, and the order of use is all that is lost
        return path.is_dir()
    return True


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def _check(model: LoadedModel, problem: str, version: Version) -> None:
    """Raise `BundleInvalid` unless the model is of the problem and gives a probability.

    The problem's example, which its contract allows, also warms the model up.
    """
    declared = problems.find(problem)
    contracts.check(model.schema, Schema.of(declared))
    risk = model.predict([declared.example]).risk
    if not np.all((risk >= 0) & (risk <= 1)):
        message = f"version {version.number} gives no probability for the problem's example"
        raise BundleInvalid(message)
