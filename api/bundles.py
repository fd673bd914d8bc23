"""The bundles on this machine: fetched once by digest, verified at every load."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import numpy as np
import structlog

from ml import bundle
from ml.bundle import LoadedModel
from ml.errors import BundleInvalid
from ml.registry import Registry, Version

log = structlog.get_logger()

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Bundles:
    """The cache of bundles between the registry and the slots.

    Its methods block: call them in a thread.

    Args:
        folder: where the bundles lie, one folder for each digest; processes may share it.
        registry: where a bundle that is not here is fetched.
    """

    def __init__(self, folder: Path, registry: Registry) -> None:
        self._folder = folder
        self._registry = registry

    def obtain(self, problem: str, version: Version) -> LoadedModel:
        """Return the verified model of a version, fetching its bundle where needed.

        Raises:
            BundleInvalid: digests, schema, problem or probe predictions do not match.
            RegistryUnavailable: the bundle is not here and could not be fetched.
        """
        if self._path(version).is_dir():
            try:
                return self.held(problem, version)
            except BundleInvalid as error:
                log.warning("cached_bundle_refused", problem=problem, reason=str(error))
        self._fetch(version)
        return self.held(problem, version)

    def held(self, problem: str, version: Version) -> LoadedModel:
        """Return the verified model of a version whose bundle is here already.

        A bundle that is refused is removed, so that it is fetched anew the next time.

        Raises:
            BundleInvalid: it is not here, or does not match.
        """
        folder = self._path(version)
        try:
            model = bundle.load(folder, expected_digest=version.digest)
            _check(model, problem, version)
        except BundleInvalid:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return model

    def _path(self, version: Version) -> Path:
        if not _DIGEST.fullmatch(version.digest):
            message = (
                f"version {version.number} carries no SHA-256 digest in the registry; "
                f"register the model again"
            )
            raise BundleInvalid(message)
        return self._folder / version.digest

    def _fetch(self, version: Version) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=self._folder) as scratch:
            fetched = self._registry.fetch(version, Path(scratch))
            try:
                fetched.rename(self._path(version))
            except OSError:
                # Another process that shares the folder was quicker: its copy will do.
                if not self._path(version).is_dir():
                    raise


def _check(model: LoadedModel, problem: str, version: Version) -> None:
    """Raise `BundleInvalid` unless the model is of the problem and gives a probability.

    The record without inputs, which every contract allows, also warms the model up.
    """
    if model.problem != problem:
        message = f"version {version.number} is a model for {model.problem}, not for {problem}"
        raise BundleInvalid(message)
    risk = model.predict([{}]).risk
    if not np.all((risk >= 0) & (risk <= 1)):
        message = f"version {version.number} gives no probability for a record without inputs"
        raise BundleInvalid(message)
