"""Registering what DVC has made, like any other trained bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml import problems
from ml.bundle import read
from ml.pipeline.lineage import lineage
from ml.pipeline.places import BUNDLE, CLEAN, LOCK, PARAMETERS
from ml.registry import Promotion, Registry, promote, record
from ml.registry.judging import Court, judge
from ml.training import Trained

if TYPE_CHECKING:
    from ml.pipeline.parameters import Parameters
    from ml.registry import Version


def publish(parameters: Parameters, by: str) -> Promotion:
    """Register the bundle with DVC's lineage, judge it, and promote it where it may be.

    The gates look at the test part of the run's own clean rows. Where a person has to agree
    (`VIGIA_PROMOTION=approval`), a version that has passed them stays in staging.

    Raises:
        BundleInvalid: the bundle was altered.
        DataError: what lies here is not what `dvc.lock` tells of.
        RegistryUnavailable: MLflow does not answer as it should.
    """
    tags = lineage()
    content, digest = read(BUNDLE)
    problem, settings = problems.find(parameters.problem), parameters.settings
    registry = Registry(settings.mlflow_tracking_uri)
    version = record(registry, Trained(BUNDLE, digest, content), f"dvc {tags['dvc.lock_md5']}")
    registry.call(_note, registry, version, tags)
    verdict = judge(Court(registry, CLEAN, problem, settings), version.number, by)
    if verdict.passed and settings.promotion == "approval":
        why = "it has passed the gates and waits in staging: a person has to agree"
        return Promotion(version=version.number, promoted=False, reason=why)
    return promote(registry, problem, version.number, by)


def _note(registry: Registry, version: Version, tags: dict[str, str]) -> None:
    """Let the version and its run tell what DVC knows; the lock finds all of it again."""
    client = registry.client
    for name, value in tags.items():
        client.set_tag(version.run_id, name, value)
        client.set_model_version_tag(version.name, version.number, name, value)
    for file in (LOCK, PARAMETERS):
        client.log_artifact(version.run_id, str(file), "dvc")
