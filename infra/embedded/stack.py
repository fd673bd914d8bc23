"""Start, watch and stop the services of the table."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from infra.embedded import lock
from infra.embedded.processes import Supervised, sweep
from infra.embedded.service import Service
from infra.embedded.settings import HOST, Settings
from ml.errors import InvalidSettings, ServiceFailed

_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class State:
    """What is known of one service: `state` is `up`, `unhealthy` or `down`."""

    service: Service
    state: str
    pid: int | None


class Stack:
    """The services of one state folder.

    Args:
        settings: ports, state folder and time limits.
        services: the table, in order of start.
        report: called with one line at every step.
    """

    def __init__(
        self, settings: Settings, services: tuple[Service, ...], report: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._services = services
        self._report = report
        self._supervised = {
            service.name: Supervised(service.name, settings.state_dir) for service in services
        }
        self._named = {service.name: service for service in services}
        self._started: list[Service] = []
        self._lock = settings.state_dir / "lock"

    def exclusive(self) -> AbstractContextManager[None]:
        """Hold the stack for oneself, or raise `StackBusy`."""
        return lock.exclusive(self._lock)

    def taken_over(self) -> AbstractContextManager[None]:
        """Hold the stack for oneself, after a running command was asked to stop it."""
        return lock.taken_over(self._lock, self._settings.stop_seconds * len(self._services))

    def start(self) -> None:
        """Start every service and wait until all are healthy.

        Raises:
            InvalidSettings: a port is taken; nothing was started.
            ServiceFailed: a service died or did not become healthy in time.
        """
        _check_ports(self._settings)
        deadline = time.monotonic() + self._settings.start_seconds
        for service in self._services:
            self._await_healthy((self._named[name] for name in service.needs), deadline)
            self._report(f"starting {service.name}")
            service.prepare()
            self._supervised[service.name].launch(
                service.command, service.environment, service.folder, service.user
            )
            self._started.append(service)
        self._await_healthy(self._services, deadline)

    def adopt(self) -> bool:
        """Take over the services that another command left running, if all of them are up."""
        if any(state.state != "up" for state in self.states()):
            return False
        self._started = list(self._services)
        return True

    def running(self) -> bool:
        """Tell whether every service has a live process."""
        return all(supervised.find() for supervised in self._supervised.values())

    def check(self) -> None:
        """Raise `ServiceFailed` for a service that was started and has died."""
        for service in self._started:
            supervised = self._supervised[service.name]
            if supervised.find() is None:
                code = supervised.exit_code()
                how = "" if code is None else f" with exit code {code}"
                message = f"{service.name} has ended{how}; {supervised.tail()}"
                raise ServiceFailed(message)

    def stop(self) -> bool:
        """End every process of every service, last started first; tell whether there was one.

        Raises:
            ServiceFailed: a process could not be ended.
        """
        found = False
        for service in reversed(self._services):
            supervised = self._supervised[service.name]
            if supervised.members():
                found = True
                self._report(f"stopping {service.name}")
            supervised.stop(service.stop_signal, self._settings.stop_seconds)
        sweep(self._settings.state_dir)
        return found

    def states(self) -> list[State]:
        """Return what is known of every service, in order of start."""
        return [self._state(service) for service in self._services]

    def _state(self, service: Service) -> State:
        process = self._supervised[service.name].find()
        if process is None:
            return State(service, "down", None)
        healthy = service.healthy(process.create_time())
        return State(service, "up" if healthy else "unhealthy", process.pid)

    def _await_healthy(self, services: Iterable[Service], deadline: float) -> None:
        for service in services:
            while self._state(service).state != "up":
                self.check()
                if time.monotonic() > deadline:
                    message = (
                        f"{service.name} did not become healthy within "
                        f"{self._settings.start_seconds:g} seconds (VIGIA_START_SECONDS); "
                    )
                    raise ServiceFailed(message + self._supervised[service.name].tail())
                time.sleep(_POLL_SECONDS)


def _check_ports(settings: Settings) -> None:
    for name, port in settings.ports().items():
        with socket.socket() as probe:
            # As the services do: a port that only waits for old connections to fade is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                message = (
                    f"port {port} on {HOST} cannot be used ({error.strerror}): "
                    f"free it, or set {name} to another port; nothing was started"
                )
                raise InvalidSettings(message) from None
