"""The stack and one problem's pipeline on it: what the commands are made of."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

import httpx

from api.security.callers import Role
from infra.embedded import report, webhook
from infra.embedded.airflow_client import Airflow
from infra.embedded.airflow_services import AIRFLOW_USER
from infra.embedded.api_keys import api_key, login
from infra.embedded.credentials import Credentials
from infra.embedded.interruption import ignore
from infra.embedded.learning import model_in_service
from infra.embedded.pipeline import Pipeline
from infra.embedded.probes import url
from infra.embedded.prometheus import targets
from infra.embedded.services import services
from infra.embedded.serving import Api, ModelInfo
from infra.embedded.settings import Settings
from infra.embedded.source import Found, preflight
from infra.embedded.stack import Stack
from ml.errors import PipelineFailed, ServiceFailed, StackBusy
from ml.problems import Problem

_WATCH_SECONDS = 1.0


class Platform:
    """The embedded platform with one problem to show.

    Args:
        settings: where it keeps its state and listens.
        problem: whose pipeline is run.
    """

    def __init__(self, settings: Settings, problem: Problem) -> None:
        self.settings = settings
        self.problem = problem
        self._credentials = Credentials(settings.state_dir / "secrets")
        self._services = services(settings, self._credentials)
        key = api_key("runner", Role.OPERATOR, self._credentials, settings.state_dir)
        self._api = Api(url(settings.api_port), problem.name, key)
        self.stack = Stack(settings, self._services, report.step)
        self._found: Found | None = None

    def refuse_second(self) -> None:
        """Raise `StackBusy` where `start` has left a stack running."""
        if self.stack.running():
            message = (
                f"a stack is already running in {self.settings.state_dir}: "
                f"stop it first with `make stop`"
            )
            raise StackBusy(message)

    def source(self) -> Found:
        """Return what the problem's source is, looked for once.

        Raises:
            SourceUnavailable: the source that the caller named cannot be reached.
        """
        if self._found is None:
            self._found = preflight(self.problem, self.settings.state_dir, report.warn)
        return self._found

    def bring_up(self) -> None:
        """Start all services; what a killed command has left is ended first."""
        if self.stack.stop():
            report.step("an earlier stack was cleared away")
        self.stack.start()
        api = next(service for service in self._services if service.name == "api")
        webhook.register(self.settings, api.environment)
        report.step("all services are up")

    @contextmanager
    def stopped_after(self) -> Generator[None]:
        """Stop everything at the end, whatever that is; no signal interrupts it."""
        try:
            yield
        finally:
            ignore()
            self.stack.stop()

    def learn(self) -> ModelInfo:
        """Return the model in service; where there is none worth keeping, run the pipeline.

        A synthetic model is worth keeping only while there are no real data.
        """
        try:
            return model_in_service(
                self._api,
                self.problem,
                self.source,
                self.settings.serve_seconds,
                self._run_pipeline,
            )
        except PipelineFailed:
            self.stack.check()  # a service that has died is the better explanation
            raise
        except httpx.TransportError as error:
            self.stack.check()
            message = f"a service did not answer ({error!r}): see {self.settings.state_dir}/logs"
            raise ServiceFailed(message) from error

    def predict(self) -> float:
        """Return the API's prediction for the problem's example."""
        return self._api.predict(self.problem.example)

    def tell(self, model: ModelInfo, probability: float) -> None:
        """Print what was learned, one prediction, and every address with its login."""
        report.learned(model)
        report.prediction(probability, self.problem.example)
        report.addresses(self._services, self._logins())
        report.metrics(targets(self.settings), read=self.settings.prometheus_program is not None)

    def _logins(self) -> dict[str, str]:
        password = self._credentials.get("airflow-admin")
        return {
            "airflow-api-server": f"user {AIRFLOW_USER}, password {password}",
            "api": login(self.settings.state_dir),
        }

    def watch(self) -> None:
        """Return never; raise `ServiceFailed` when a service dies."""
        while True:
            self.stack.check()
            time.sleep(_WATCH_SECONDS)

    def _run_pipeline(self, conf: dict[str, str]) -> None:
        address = url(self.settings.airflow_port)
        password = self._credentials.get("airflow-admin")
        with Airflow(address, AIRFLOW_USER, password) as airflow:
            Pipeline(
                airflow,
                self.settings.state_dir / "airflow" / "logs",
                self.settings.pipeline_seconds,
                self.stack.check,
                report.step,
            ).run(self.problem.name, conf)
