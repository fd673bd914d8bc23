"""A model in service: kept where one is worth keeping, learned where none is."""

from __future__ import annotations

from collections.abc import Callable

from infra.embedded import report
from infra.embedded.pipeline import chain
from infra.embedded.serving import Api, ModelInfo
from infra.embedded.source import Found
from ml.errors import PipelineFailed
from ml.problems import Problem
from ml.settings import SYNTHETIC


def model_in_service(
    api: Api,
    problem: Problem,
    source: Callable[[], Found],
    serve_seconds: float,
    run_pipeline: Callable[[dict[str, str]], None],
) -> ModelInfo:
    """Return the model in service; where there is none worth keeping, run the pipeline.

    A synthetic model is worth keeping only while there are no real data.

    Args:
        api: the service.
        problem: whose model it is.
        source: looks for the problem's source.
        serve_seconds: how long the API may take to reach the registry.
        run_pipeline: runs the DAG chain; gets what the ingestion is told.

    Raises:
        PipelineFailed: the pipeline failed, or no model came of it.
        SourceUnavailable: the source that was named cannot be reached.
    """
    model = api.model_in_service(serve_seconds)
    if model is not None and model.data != SYNTHETIC:
        return _kept(model)
    found = source()
    if model is not None and model.data == found.kind:
        return _kept(model)
    run_pipeline(found.conf)
    model = api.model_in_service(serve_seconds)
    if model is None:
        message = (
            f"the pipeline has ended, but no model of {problem.name} was promoted, or the API "
            f"refused it: the logs of {chain(problem.name)[-1]} in Airflow and of the API say why"
        )
        raise PipelineFailed(message)
    return model


def _kept(model: ModelInfo) -> ModelInfo:
    report.step(f"version {model.version} is in service already: nothing is trained")
    return model
