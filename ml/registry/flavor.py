"""An MLflow flavor for bundles: the bundle's files beside MLflow's own description.

`mlflow.models.Model.log` calls `save_model` of the module that it is given. There is no
`load_model`: MLflow would import code that an artifact names, and a bundle is loaded by
`ml.bundle.load` alone.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow.models.model import MLMODEL_FILE_NAME
from mlflow.types import ColSpec, DataType, Schema, TensorSpec

from ml.problems.contract import Number

if TYPE_CHECKING:
    from mlflow.models import Model, ModelSignature

    from ml.bundle import Content

NAME = "vigia_bundle"
FOLDER = "bundle"


def save_model(path: str, mlflow_model: Model, bundle: Path, content: Content, digest: str) -> None:
    """Write a bundle as an MLflow model into the folder `path`.

    Args:
        path: the model's folder, made here.
        mlflow_model: the description that MLflow has begun; saved beside the bundle.
        bundle: the bundle's folder.
        content: the bundle's parts, for the signature.
        digest: the bundle's digest.
    """
    shutil.copytree(bundle, Path(path) / FOLDER)
    mlflow_model.signature = signature(content)
    mlflow_model.add_flavor(NAME, digest=digest, folder=FOLDER)
    mlflow_model.save(str(Path(path) / MLMODEL_FILE_NAME))


def signature(content: Content) -> ModelSignature:
    """Return what goes in and out: every input may be left out, a risk comes back."""
    # It needs pandas, which a service that only reads the registry does without.
    from mlflow.models import ModelSignature  # noqa: PLC0415

    inputs: list[ColSpec | TensorSpec] = [
        ColSpec(
            type=DataType.double if isinstance(column, Number) else DataType.string,
            name=column.name,
            required=False,
        )
        for column in content.schema.inputs
    ]
    return ModelSignature(Schema(inputs), Schema([ColSpec(type=DataType.double, name="risk")]))
