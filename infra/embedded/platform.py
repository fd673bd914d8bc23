"""The stack and the problems on it: what the commands are made of."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from api.security.callers import Role
from infra.embedded import report, webhook
from infra.embedded.airflow_services import AIRFLOW_USER
from infra.embedded.api_keys import api_key, login
from infra.embedded.credentials import Credentials
from infra.embedded.interruption import ignore
from infra.embedded.prometheus import targets
from infra.embedded.services import services
from infra.embedded.settings import Settings
from infra.embedded.stack import Stack
from infra.embedded.tenant import Tenant
from ml.errors import StackBusy
from ml.problems import Problem

_WATCH_SECONDS = 1.0


class Platform:
    """The embedded platform with some problems to show.

    Args:
        settings: where it keeps its state and listens.
        problems: whose pipelines are run, in order.
    """

    def __init__(self, settings: Settings, problems: Sequence[Problem]) -> None:
        self.settings = settings
        self.problems = problems
        self._credentials = Credentials(settings.state_dir / "secrets")
        self._services = services(settings, self._credentials)
        key = api_key("runner", Role.OPERATOR, self._credentials, settings.state_dir)
        self.stack = Stack(settings, self._services, report.step)
        self.tenants = [
            Tenant(problem, settings, self._credentials, self.stack, key) for problem in problems
        ]

    def refuse_second(self) -> None:
        """Raise `StackBusy` where `start` has left a stack running."""
        if self.stack.running():
            message = (
                f"a stack is already running in {self.settings.state_dir}: "
                f"stop it first with `make stop`"
            )
            raise StackBusy(message)

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

    def show(self) -> None:
        """Let every problem have a model in service; print what it learned, and a prediction.

        The first one's is printed with all addresses, before the others are begun.
        """
        for place, tenant in enumerate(self.tenants):
            report.learned(tenant.learn())
            report.prediction(tenant.predict(), tenant.problem.example)
            if not place:
                self._addresses()

    def _addresses(self) -> None:
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
