"""The client against the real API with a real bundle: both mean the same by every field."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
import uvicorn

from api.app import create_app
from api.settings import Settings
from ml import problems
from ml.errors import InvalidRecord, NoModel, UnknownProblem
from tests import toy
from tests.unit.api.toy_models import FolderRegistry
from ui.client import Client

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

DECLARED = str(Path(__file__).parents[1] / "api" / "declared")
START_SECONDS = 30


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderRegistry]:
    """A registry with nothing promoted, of the one declared problem."""
    monkeypatch.setattr(problems, "__path__", [DECLARED])
    problems.names.cache_clear()
    problems.find.cache_clear()
    yield FolderRegistry(tmp_path / "shelf")
    sys.modules.pop("ml.problems.toy", None)
    problems.names.cache_clear()
    problems.find.cache_clear()


@pytest.fixture
def client(registry: FolderRegistry, tmp_path: Path) -> Iterator[Client]:
    """A client of a running API that looks for a model every tenth of a second."""
    settings = Settings(state_dir=tmp_path / "state", default_problem="toy", poll_seconds=0.1)
    app = create_app(settings, registry)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        client = Client(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout_seconds=5)
        wait_until(lambda: server.started)
        yield client
        client.close()
        server.should_exit = True
        thread.join()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_estimate_and_its_model_are_understood(client: Client, registry: FolderRegistry) -> None:
    registry.promoted = registry.register("1")
    wait_until(lambda: serves(client))

    listing = client.models()
    scores = client.explain("toy", {**toy.problem.example})
    empty = client.explain("toy", {})

    assert (listing.default_problem, [m.problem for m in listing.models]) == ("toy", ["toy"])
    assert client.model_info("toy").data == scores.model.data == "synthetic"
    assert (scores.model.name, scores.model.version) == ("toy", "1")
    (one,), (nothing,) = scores.explanations, empty.explanations
    assert 0 < one.probability < 1
    assert one.band is not None
    assert one.band.name in {band.name for band in toy.problem.bands}
    assert one.contributions.keys() == {column.name for column in toy.problem.inputs}
    assert set(nothing.missing) == {column.name for column in toy.problem.inputs}
    assert client.caller().name == "anonymous"


def test_what_is_kept_of_a_prediction_is_understood(
    client: Client, registry: FolderRegistry
) -> None:
    registry.promoted = registry.register("1")
    wait_until(lambda: serves(client))
    (prediction,) = client.explain("toy", {"person": "p-1", "age": 60}).ids
    client.give_feedback("toy", prediction, {"verdict": "disagree", "reason": "Too low"})
    now = datetime.now(UTC)

    assert client.report("toy", prediction, "yes", now).recorded == 1
    assert client.report("toy", prediction, "yes", now).recorded == 0
    (found,) = client.predictions("toy", {"patient": "p-1"}).predictions
    assert (found.id, found.patient, found.inputs) == (prediction, "p-1", {"age": 60})
    assert [outcome.outcome for outcome in found.outcomes] == ["yes"]
    assert [(one.verdict, one.reason) for one in found.feedback] == [("disagree", "Too low")]
    activity = client.activity("toy", 7)
    assert (activity.predictions, activity.feedback) == (1, {"disagree": 1})
    assert activity.outcomes is not None
    assert activity.outcomes.rate == 1


def test_a_list_is_handed_in_followed_and_fetched(client: Client, registry: FolderRegistry) -> None:
    registry.promoted = registry.register("1")
    wait_until(lambda: serves(client))

    job = client.submit("toy", b"person,age,colour\np-1,60,red\np-2,999,red\n")
    wait_until(lambda: client.job("toy", job.job).state == "done")
    result = client.result("toy", job.job)

    (scored,), (refused,) = result.scored, result.refused
    assert (scored.row, scored.key["person"], refused.row) == (1, "p-1", 2)
    assert [(error.field, error.rule) for error in refused.errors] == [("age", "maximum")]
    assert result.model.version == "1"


def test_a_refused_field_is_named(client: Client, registry: FolderRegistry) -> None:
    registry.promoted = registry.register("1")
    wait_until(lambda: serves(client))

    with pytest.raises(InvalidRecord) as refusal:
        client.explain("toy", {"age": -5})

    (violation,) = refusal.value.violations
    assert (violation.record, violation.field, violation.rule) == (0, "age", "minimum")


def test_an_api_without_a_model_says_so(client: Client) -> None:
    with pytest.raises(NoModel):
        client.explain("toy", {})
    with pytest.raises(NoModel):
        client.model_info("toy")
    with pytest.raises(UnknownProblem):
        client.model_info("other")


def serves(client: Client) -> bool:
    try:
        client.model_info("toy")
    except NoModel:
        return False
    return True
