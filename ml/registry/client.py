"""The registry's reading side: which version holds an alias, and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import mlflow
import msgspec
from mlflow.environment_variables import (
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR,
    MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD,
    MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD,
    MLFLOW_HTTP_REQUEST_MAX_RETRIES,
    MLFLOW_HTTP_REQUEST_TIMEOUT,
)
from mlflow.exceptions import MlflowException

from ml.errors import NoModel, RegistryUnavailable
from ml.promoted.version import PRODUCTION, STAGES, Version
from ml.registry.flavor import FOLDER
from ml.tracing import part

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import ParamSpec, TypeVar

    from mlflow.entities.model_registry import ModelVersion

    P = ParamSpec("P")
    T = TypeVar("T")

DIGEST_TAG, DATA_TAG, STAGE_TAG = "vigia.bundle_digest", "vigia.data", "vigia.stage"
HASH_TAG, WITHDRAWN_TAG = "vigia.data_hash", "vigia.withdrawn"

# A caller that polls would rather ask again than wait.
_TIMEOUT_SECONDS = 10
_RETRIES = 1
NOT_THERE = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}


class Registry:
    """A connection to one MLflow server; a `ml.promoted.Source`.

    Args:
        tracking_uri: the server's address.
    """

    def __init__(self, tracking_uri: str) -> None:
        self.tracking_uri = tracking_uri
        self._place = urlsplit(tracking_uri)._replace(query="").geturl().rpartition("@")[2]
        MLFLOW_HTTP_REQUEST_TIMEOUT.set(_TIMEOUT_SECONDS)  # type: ignore[no-untyped-call] # MLflow's
        MLFLOW_HTTP_REQUEST_MAX_RETRIES.set(_RETRIES)  # type: ignore[no-untyped-call] # MLflow's
        # It would stand between the lines of JSON of every service's log.
        MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)  # type: ignore[no-untyped-call] # MLflow's
        # Files go through the server: its object store is nobody else's to reach.
        MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD.set(False)  # type: ignore[no-untyped-call] # MLflow's
        MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD.set(False)  # type: ignore[no-untyped-call] # MLflow's
        mlflow.set_tracking_uri(tracking_uri)
        self.client = mlflow.MlflowClient(tracking_uri, tracking_uri)

    def production(self, problem: str) -> Version | None:
        """Return the version that is in production, `None` where there is none.

        Raises:
            RegistryUnavailable: the server does not answer as it should.
        """
        return self.holder(problem, PRODUCTION)

    def holder(self, problem: str, alias: str) -> Version | None:
        """Return the version that holds an alias, or raise as `production` does."""
        try:
            found = self.client.get_model_version_by_alias(problem, alias)
        except MlflowException as error:
            if error.error_code in NOT_THERE:
                return None
            raise self._unavailable(error) from error
        # The alias is the truth; the tag follows it, unless somebody moved it by hand.
        return msgspec.structs.replace(describe(found), stage=STAGES.get(alias, "Archived"))

    def version(self, problem: str, number: str) -> Version:
        """Return a version by its number.

        Raises:
            NoModel: there is none.
            RegistryUnavailable: the server does not answer as it should.
        """
        try:
            return describe(self.client.get_model_version(problem, number))
        except MlflowException as error:
            if error.error_code in NOT_THERE:
                message = (
                    f"there is no version {number!r} of {problem}; "
                    f"`python -m ml.registry list` shows all"
                )
                raise NoModel(message) from None
            raise self._unavailable(error) from error

    def versions(self, problem: str, **tags: str) -> list[Version]:
        """Return all versions of a problem's model, newest first; those with these tags.

        Raises:
            RegistryUnavailable: the server does not answer as it should.
        """
        wanted = "".join(f" and tags.`vigia.{tag}` = '{value}'" for tag, value in tags.items())
        found = self.call(self.client.search_model_versions, f"name = '{problem}'{wanted}")
        return sorted(map(describe, found), key=lambda each: -int(each.number))

    def tags(self, version: Version) -> dict[str, str]:
        """Return a version's tags."""
        found = self.call(self.client.get_model_version, version.name, version.number)
        return dict(found.tags)

    def model_tags(self, problem: str) -> dict[str, str]:
        """Return the tags of a problem's model, none where nothing was ever registered."""
        try:
            return dict(self.client.get_registered_model(problem).tags)
        except MlflowException as error:
            if error.error_code in NOT_THERE:
                return {}
            raise self._unavailable(error) from error

    def fetch(self, version: Version, folder: Path) -> Path:
        """Download a version's bundle into `folder` and return the bundle's folder.

        Raises:
            RegistryUnavailable: the server or its artifact store does not answer.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = self.call(
            mlflow.artifacts.download_artifacts,
            artifact_uri=f"models:/{version.name}/{version.number}",
            dst_path=str(folder),
            tracking_uri=self.tracking_uri,
        )
        return folder.joinpath(path, FOLDER)

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call MLflow and turn its failures into `RegistryUnavailable`."""
        try:
            with part(f"mlflow {function.__name__.strip('_')}"):
                return function(*args, **kwargs)
        except (MlflowException, OSError) as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: Exception) -> RegistryUnavailable:
        reason = str(error).replace(self.tracking_uri, self._place).splitlines()[0][:300]
        return RegistryUnavailable(
            f"the model registry at {self._place} did not answer as expected: {reason}; "
            f"check that MLflow and its artifact store run (VIGIA_MLFLOW_TRACKING_URI)"
        )


def describe(found: ModelVersion) -> Version:
    """Return MLflow's version as ours."""
    tags: dict[str, Any] = found.tags
    return Version(
        name=found.name,
        number=str(found.version),
        digest=tags.get(DIGEST_TAG, ""),
        run_id=found.run_id or "",
        stage=tags.get(STAGE_TAG, "None"),
        data=tags.get(DATA_TAG, ""),
    )
