"""`python -m infra.compose [--problem NAME] [--json]`: a first model, in services that run.

Runs a problem's pipeline unless a model is in service already, waits until the API serves what
was promoted, and asks it for a prediction.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import httpx

from infra.compose.settings import Settings
from infra.embedded import report
from infra.embedded.airflow_client import Airflow
from infra.embedded.learning import model_in_service
from infra.embedded.pipeline import Pipeline
from infra.embedded.serving import Api
from infra.embedded.source import preflight
from ml import problems
from ml.errors import VigiaError

_USER = "admin"
_LOGS = Path("/var/log/airflow")


def main(arguments: list[str] | None = None) -> int:
    """Run it and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.compose", description=__doc__)
    parser.add_argument("--problem", default="", help="whose pipeline is run")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    asked = parser.parse_args(arguments)
    settings = Settings()
    try:
        _run(settings, problems.find(asked.problem or settings.default_problem), as_json=asked.json)
    except (VigiaError, httpx.TransportError) as error:
        report.warn(f"error: {error}")
        return 1
    return 0


def _run(settings: Settings, problem: problems.Problem, *, as_json: bool) -> None:
    api = Api(_base(settings.api_url), problem.name, settings.api_key.get_secret_value())
    model = model_in_service(
        api,
        problem,
        lambda: preflight(problem, settings.state_dir, report.warn),
        settings.serve_seconds,
        lambda conf: _run_pipeline(settings, problem.name, conf),
    )
    probability = api.predict(problem.example)
    report.learned(model)
    report.prediction(probability, problem.example)
    if as_json:
        report.summary(model, probability)


def _run_pipeline(settings: Settings, problem: str, conf: dict[str, str]) -> None:
    password = settings.airflow_password.get_secret_value()
    with Airflow(_base(settings.airflow_url), _USER, password) as airflow:
        chain = Pipeline(airflow, _LOGS, settings.pipeline_seconds, _nothing_to_check, report.step)
        chain.run(problem, conf)


def _nothing_to_check() -> None:
    """Leave the watch over the services to Docker."""


def _base(address: object) -> str:
    return str(address).rstrip("/")


if __name__ == "__main__":
    sys.exit(main())
