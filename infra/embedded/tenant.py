"""One problem on the running stack: its pipeline, and its model in service."""

from __future__ import annotations

import httpx

from infra.embedded import report
from infra.embedded.airflow_client import Airflow
from infra.embedded.airflow_services import AIRFLOW_USER
from infra.embedded.credentials import Credentials
from infra.embedded.learning import model_in_service
from infra.embedded.pipeline import Pipeline
from infra.embedded.probes import url
from infra.embedded.serving import Api, ModelInfo
from infra.embedded.settings import Settings
from infra.embedded.source import Found, preflight
from infra.embedded.stack import Stack
from ml.errors import PipelineFailed, ServiceFailed
from ml.problems import Problem


class Tenant:
    """A problem that lives on the stack with others.

    Args:
        problem: which.
        settings: of the stack.
        credentials: of its services.
        stack: where it lives.
        key: what the API knows this command by; empty where it asks nobody.
    """

    def __init__(
        self,
        problem: Problem,
        settings: Settings,
        credentials: Credentials,
        stack: Stack,
        key: str,
    ) -> None:
        self.problem = problem
        self._settings = settings
        self._credentials = credentials
        self._stack = stack
        self._api = Api(url(settings.api_port), problem.name, key)
        self._found: Found | None = None

    def source(self) -> Found:
        """Return what the problem's source is, looked for once.

        Raises:
            SourceUnavailable: the source that the caller named cannot be reached.
        """
        if self._found is None:
            self._found = preflight(self.problem, self._settings.state_dir, report.warn)
        return self._found

    def learn(self) -> ModelInfo:
        """Return the model in service; where there is none worth keeping, run the pipeline.

        A synthetic model is worth keeping only while there are no real data.
        """
        try:
            return model_in_service(
                self._api,
                self.problem,
                self.source,
                self._settings.serve_seconds,
                self._run_pipeline,
            )
        except PipelineFailed:
            self._stack.check()  # a service that has died is the better explanation
            raise
        except httpx.TransportError as error:
            self._stack.check()
            message = f"a service did not answer ({error!r}): see {self._settings.state_dir}/logs"
            raise ServiceFailed(message) from error

    def predict(self) -> float:
        """Return the API's prediction for the problem's example."""
        return self._api.predict(self.problem.example)

    def _run_pipeline(self, conf: dict[str, str]) -> None:
        address = url(self._settings.airflow_port)
        password = self._credentials.get("airflow-admin")
        with Airflow(address, AIRFLOW_USER, password) as airflow:
            Pipeline(
                airflow,
                self._settings.state_dir / "airflow" / "logs",
                self._settings.pipeline_seconds,
                self._stack.check,
                report.step,
            ).run(self.problem.name, conf)
