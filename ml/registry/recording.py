"""The registry's writing side: a run with its parameters, metrics, lineage and bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mlflow
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.models import Model
from opentelemetry import trace

from ml.bundle.content import CARD, SPANISH_CARD
from ml.promoted import STAGING
from ml.registry import flavor
from ml.registry.client import DATA_TAG, DIGEST_TAG, HASH_TAG, STAGE_TAG, WITHDRAWN_TAG
from ml.registry.moves import record_move

if TYPE_CHECKING:
    from ml.bundle import Content
    from ml.promoted import Version
    from ml.registry.client import Registry
    from ml.training import Trained

# MLflow's limit for a dataset's digest.
_DIGEST_LENGTH = 36


def record(registry: Registry, trained: Trained, run_name: str) -> Version:
    """Log a trained bundle as an MLflow run, register it, and call it `staging`.

    A bundle that is known already, to the digest, is not registered again: the daily run
    on unchanged data ends here.

    Raises:
        RegistryUnavailable: the server does not answer as it should.
    """
    name = trained.content.schema.problem
    twins = registry.versions(name, bundle_digest=trained.digest)
    if twins:
        return registry.call(_again, registry, twins[0], run_name)
    return registry.call(_record, registry, trained, run_name)


def _again(registry: Registry, known: Version, run_name: str) -> Version:
    """Let a known version wait in staging, unless it is beyond that or was withdrawn."""
    tags = registry.tags(known)
    if tags[STAGE_TAG] in {"None", "Archived"} and WITHDRAWN_TAG not in tags:
        _move_staging(registry, known, f"run {run_name}", "the same bundle was trained again")
        return registry.version(known.name, known.number)
    return known


def _record(registry: Registry, trained: Trained, run_name: str) -> Version:
    content = trained.content
    name = content.schema.problem
    mlflow.set_experiment(name)
    with mlflow.start_run(run_name=run_name, tags=_tags(trained)) as run:
        trace.get_current_span().set_attribute("mlflow.run_id", run.info.run_id)
        _log_run(content)
        logged = Model.log(
            artifact_path=None,
            name=content.lineage["algorithm"],
            flavor=flavor,
            registered_model_name=name,
            tags={**_tags(trained), STAGE_TAG: "None"},
            bundle=trained.folder,
            content=content,
            digest=trained.digest,
        )
    version = registry.version(name, str(logged.registered_model_version))
    _move_staging(registry, version, f"run {run_name}", "trained and registered")
    return registry.version(name, version.number)


def _move_staging(registry: Registry, version: Version, by: str, why: str) -> None:
    """Give the alias to a version; the one that waited in vain is archived."""
    client, name = registry.client, version.name
    waiting = registry.holder(name, STAGING)
    record_move(registry, "staged", version, waiting, by, why)
    client.set_registered_model_alias(name, STAGING, version.number)
    client.set_model_version_tag(name, version.number, STAGE_TAG, "Staging")
    if waiting is not None and waiting.number != version.number:
        client.set_model_version_tag(name, waiting.number, STAGE_TAG, "Archived")


def _tags(trained: Trained) -> dict[str, str]:
    return {
        DATA_TAG: trained.content.data,
        DIGEST_TAG: trained.digest,
        HASH_TAG: trained.content.lineage["data_hash"],
        "vigia.code_digest": trained.content.lineage["code_digest"],
    }


def _log_run(content: Content) -> None:
    lineage = content.lineage
    mlflow.log_params({**lineage["parameters"], "seed": lineage["seed"]})
    mlflow.log_params({key: lineage[key] for key in ("algorithm", "split_salt")})
    for metric, interval in content.metrics.items():
        mlflow.log_metrics(
            {
                metric: interval.value,
                f"{metric}_low": interval.low,
                f"{metric}_high": interval.high,
            }
        )
    mlflow.log_metrics({f"rows_{part}": count for part, count in content.rows.items()})
    source = CodeDatasetSource(tags={"source": lineage["source"], "kind": content.data})
    digest = lineage["data_hash"][:_DIGEST_LENGTH]
    dataset = MetaDataset(source, name=content.schema.problem, digest=digest)  # type: ignore[abstract] # MLflow's own class for this, `profile` left abstract
    mlflow.log_input(dataset, "training")
    mlflow.log_text(content.card.en, CARD)
    mlflow.log_text(content.card.es, SPANISH_CARD)
