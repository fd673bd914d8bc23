"""The scenarios: who uses the API, and what for. `locust -f locust/users.py Ward` runs one."""

from __future__ import annotations

from typing import Any

import exporter
import verdict
from asking import SETTINGS, ApiUser
from locust.env import Environment
from locust.exception import StopTest
from prepared import Material, prepare

from locust import events, task

_PAGE = 20


class _Asked(ApiUser):
    """What a user can do; a scenario is a choice of it."""

    abstract = True

    def predict(self) -> None:
        """Ask for one patient's risk."""
        material = self.material()
        self.post("predict", _path(material, "predict"), material.single())

    def explain(self) -> None:
        """Ask for one patient's risk and its reasons."""
        material = self.material()
        self.post("explain", _path(material, "explain"), material.single())

    def upload(self) -> None:
        """Upload a list, and read the answer to its end."""
        material = self.material()
        path = _path(material, "predict-batch")
        self.post(verdict.LISTS, path, material.list(), "text/csv", _ended)

    def look_back(self) -> None:
        """Read the newest predictions, and open one of them."""
        material = self.material()
        page = self.get("predictions", _path(material, f"predictions?limit={_PAGE}"))
        found: list[dict[str, Any]] = page.json()["predictions"] if page else []
        if found:
            self.get("prediction", _path(material, f"predictions/{found[-1]['id']}"))


class Single(_Asked):
    """One patient at a time."""

    @task
    def one(self) -> None:
        """Ask for one risk."""
        self.predict()


class Batch(_Asked):
    """Lists."""

    @task
    def one(self) -> None:
        """Upload one list."""
        self.upload()


class Explain(_Asked):
    """One patient at a time, with reasons."""

    @task
    def one(self) -> None:
        """Ask for one risk and its reasons."""
        self.explain()


class History(_Asked):
    """Looks back at what was predicted."""

    @task
    def one(self) -> None:
        """Read a page, and open one prediction."""
        self.look_back()


class Ward(_Asked):
    """A clinical day: mostly single patients, some reasons, some looking back, few lists."""

    @task(12)
    def patient(self) -> None:
        """Ask for one risk."""
        self.predict()

    @task(4)
    def reasons(self) -> None:
        """Ask for one risk and its reasons."""
        self.explain()

    @task(3)
    def earlier(self) -> None:
        """Read a page, and open one prediction."""
        self.look_back()

    @task(1)
    def list(self) -> None:
        """Upload one list."""
        self.upload()


def _path(material: Material, rest: str) -> str:
    return f"/models/{material.problem}/{rest}"


def _ended(answer: bytes) -> bool:
    """Tell whether the answer to a list has its last line; without it, it was cut off."""
    return b'"type":"end"' in answer[-500:]


def make_ready_early(environment: Environment, **_: Any) -> None:
    """Make the requests before the clock of a headless run starts."""
    if environment.parsed_options and environment.parsed_options.headless:
        try:
            make_ready(environment)
        except StopTest as away:
            raise SystemExit(f"error: {away}") from None


def make_ready(environment: Environment, **_: Any) -> None:
    """Make the requests before the first user asks; anew where the page names another host."""
    host = environment.host or ApiUser.host
    try:
        if ApiUser.prepared is None or ApiUser.prepared.host != host:
            ApiUser.prepared = prepare(host, SETTINGS)
    except RuntimeError as away:
        raise StopTest(str(away)) from away


for event, listener in (
    (events.init, exporter.serve),
    (events.init, make_ready_early),
    (events.test_start, make_ready),
    (events.quitting, verdict.judge),
):
    event.add_listener(listener)  # type: ignore[no-untyped-call] # not typed
