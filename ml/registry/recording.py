"""The registry's writing side: a run with its parameters, metrics, lineage and bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mlflow
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.models import Model

from ml.registry import flavor
from ml.registry.client import DATA_TAG, DIGEST_TAG, PRODUCTION, STAGE_TAG, STAGING, describe

if TYPE_CHECKING:
    from ml.bundle import Content
    from ml.registry.client import Registry, Version
    from ml.training import Trained

# MLflow's limit for a dataset's digest.
_DIGEST_LENGTH = 36


def record(registry: Registry, trained: Trained, run_name: str) -> Version:
    """Log a trained bundle as an MLflow run, register it, and call it `staging`.

    A bundle that is in production or in staging already, to the digest, is not registered
    again: the daily run on unchanged data ends here.

    Raises:
        RegistryUnavailable: the server does not answer as it should.
    """
    name = trained.content.schema.problem
    for alias in (PRODUCTION, STAGING):
        held = registry.holder(name, alias)
        if held is not None and held.digest == trained.digest:
            return held
    return registry.call(_record, registry, trained, run_name)


def _record(registry: Registry, trained: Trained, run_name: str) -> Version:
    content = trained.content
    name = content.schema.problem
    mlflow.set_experiment(name)
    with mlflow.start_run(run_name=run_name, tags=_tags(trained)):
        _log_run(content)
        logged = Model.log(
            artifact_path=None,
            name=content.lineage["algorithm"],
            flavor=flavor,
            registered_model_name=name,
            tags={**_tags(trained), STAGE_TAG: "Staging"},
            bundle=trained.folder,
            content=content,
            digest=trained.digest,
        )
    number = str(logged.registered_model_version)
    registry.client.update_model_version(name, number, description=content.card)
    _move_staging(registry, name, number)
    return describe(registry.client.get_model_version(name, number))


def _move_staging(registry: Registry, name: str, number: str) -> None:
    """Give the alias to the new version; the one that waited in vain is archived."""
    waiting = registry.holder(name, STAGING)
    registry.client.set_registered_model_alias(name, STAGING, number)
    if waiting is not None and waiting.number != number:
        registry.client.set_model_version_tag(name, waiting.number, STAGE_TAG, "Archived")


def _tags(trained: Trained) -> dict[str, str]:
    return {
        DATA_TAG: trained.content.data,
        DIGEST_TAG: trained.digest,
        "vigia.data_hash": trained.content.lineage["data_hash"],
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
    mlflow.log_text(content.card, "card.md")
