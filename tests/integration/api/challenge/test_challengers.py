"""Challengers in a real service with two workers, beside a real MLflow server."""

from __future__ import annotations

import math
import os
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from ml.registry import STAGING
from tests.integration.api.challenge.conftest import MakeServer, Shelf, Stored
from tests.integration.api.real_server import Server, metric, until

pytestmark = pytest.mark.fault

CANARY = "c4n4ry"
PATIENTS = 400
SHARE = 0.3
AB = f'{{"toy": {{"mode": "ab", "share": {SHARE}}}}}'
SHADOW = '{"toy": {"mode": "shadow", "share": 1.0}}'
# How often the staging alias is moved under load in the long tests.
MOVES = int(os.environ.get("VIGIA_TEST_MOVES", "12"))


def record_of(patient: int) -> dict[str, Any]:
    return {"age": 20 + patient % 70, "colour": "red", "person": f"{CANARY}-{patient}"}


def ask_all(server: Server) -> list[dict[str, Any]]:
    """Ask for each patient over a new connection, which may reach any worker."""
    no_reuse = httpx.Limits(max_keepalive_connections=0)
    http = httpx.Client(base_url=server.url, limits=no_reuse, trust_env=False, timeout=60)

    def ask(patient: int) -> dict[str, Any]:
        answer = http.post("/predict", json=record_of(patient))
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    with http, ThreadPoolExecutor(4) as threads:
        return list(threads.map(ask, range(PATIENTS)))


def is_offline(answer: dict[str, Any], patient: int, shelf: Shelf) -> bool:
    """Tell whether an answer is what the version that it names says."""
    model = shelf.models[answer["model"]["version"]]
    wanted = model.predict([record_of(patient)]).risk.tolist()
    return bool(answer["predictions"] == wanted and answer["model"]["digest"] == model.digest)


def test_a_patient_keeps_the_arm_in_all_workers_and_after_a_restart(
    make_server: MakeServer, shelf: Shelf, stored: Stored
) -> None:
    server = make_server(AB, workers=2)
    rounds: list[list[dict[str, Any]]] = []
    for turns in (2, 1):
        with server.running():
            rounds += [ask_all(server) for _ in range(turns)]
            metrics = httpx.get(f"{server.url}/metrics", trust_env=False).text
    arms = [[answer["model"]["version"] for answer in answers] for answers in rounds]
    assert arms[0] == arms[1] == arms[2]
    assert all(
        is_offline(answer, patient, shelf)
        for answers in rounds
        for patient, answer in enumerate(answers)
    )
    theirs = stored.rows("ab")
    ours = stored.rows("production")
    kept = Counter(row.id for row in [*ours, *theirs])
    assert kept == Counter(answer["ids"][0] for answers in rounds for answer in answers)
    # The choice is a hash: it holds always or never.
    bound = 5 * math.sqrt(SHARE * (1 - SHARE) / PATIENTS)
    assert len(theirs) / (3 * PATIENTS) == pytest.approx(SHARE, abs=bound)
    assert {row.model_version for row in theirs} == {"2"}
    assert {row.model_version for row in ours} == {"1"}
    assert len({row.patient for row in theirs}) == len(theirs) / 3
    assert CANARY not in server.log
    assert CANARY not in metrics


def test_a_shadow_scores_what_was_answered_and_changes_no_answer(
    make_server: MakeServer, shelf: Shelf, stored: Stored
) -> None:
    server = make_server(SHADOW, workers=2)
    with server.running():
        answers = ask_all(server)
        until(lambda: shadowed(server) == PATIENTS, lambda: server.log)
        metrics = httpx.get(f"{server.url}/metrics", trust_env=False).text
    assert {answer["model"]["version"] for answer in answers} == {"1"}
    assert all(is_offline(answer, patient, shelf) for patient, answer in enumerate(answers))
    ours = stored.rows("production")
    theirs = stored.rows("shadow")
    assert sorted(row.id for row in ours) == sorted(answer["ids"][0] for answer in answers)
    assert len({row.id for row in [*ours, *theirs]}) == 2 * PATIENTS
    by_patient = {row.patient: row for row in theirs}
    wanted = shelf.models["2"].predict([record_of(n) for n in range(PATIENTS)]).risk.tolist()
    assert [by_patient[f"{CANARY}-{n}"].risk for n in range(PATIENTS)] == wanted
    assert {row.model_version for row in theirs} == {"2"}
    assert {row.request_id for row in ours} == {row.request_id for row in theirs}
    assert metric(metrics, "api_challenger_missed_total") == 0
    assert CANARY not in server.log
    assert CANARY not in metrics


def shadowed(server: Server) -> float:
    text = httpx.get(f"{server.url}/metrics", trust_env=False).text
    return metric(text, "api_challenger_risk_difference_count")


class Load:
    """Clients that ask without a pause, and note every answer."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._over = threading.Event()
        self.answers: list[tuple[int, dict[str, Any]]] = []
        self.failed: list[str] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join(60)

    def versions(self) -> set[str]:
        """Return the versions that made the last answers."""
        return {answer["model"]["version"] for _, answer in self.answers[-60:]}

    def _ask(self, number: int) -> None:
        with httpx.Client(base_url=self._server.url, timeout=60, trust_env=False) as client:
            patient = number
            while not self._over.is_set():
                patient = (patient + 7) % PATIENTS
                try:
                    answer = client.post("/predict", json=record_of(patient))
                except httpx.TransportError as error:
                    self.failed.append(repr(error))
                    return
                if answer.status_code == 200:
                    self.answers.append((patient, answer.json()))
                else:
                    self.failed.append(answer.text)


def wait_for_answers(load: Load, versions: set[str], before: int) -> None:
    """Wait until some were answered since, and the last ones by these versions."""
    until(
        lambda: len(load.answers) > before + 200 and load.versions() == versions,
        lambda: f"{load.failed} {load.versions()}",
    )


@pytest.mark.parametrize(
    ("challengers", "moves"),
    [
        pytest.param(AB, 3, id="ab"),
        pytest.param(AB, MOVES, id="ab-long", marks=pytest.mark.soak),
        pytest.param(SHADOW, MOVES, id="shadow-long", marks=pytest.mark.soak),
    ],
)
def test_a_staging_alias_that_moves_and_goes_under_load_costs_no_answer(
    make_server: MakeServer, shelf: Shelf, stored: Stored, challengers: str, moves: int
) -> None:
    server = make_server(challengers, workers=2)
    with server.running():
        load = Load(server)
        with load.running():
            for turn in range(moves):
                number = ("3", None, "2", "1")[turn % 4]
                shelf.move(STAGING, number)
                tried = {number} if challengers == AB and number in {"2", "3"} else set()
                wait_for_answers(load, {"1", *tried}, len(load.answers))
    assert load.failed == []
    assert all(is_offline(answer, patient, shelf) for patient, answer in load.answers)
    kept = [row.id for channel in ("production", "ab") for row in stored.rows(channel)]
    assert sorted(kept) == sorted(answer["ids"][0] for _, answer in load.answers)
    shadowed_rows = stored.rows("shadow")
    assert bool(shadowed_rows) is (challengers == SHADOW)
    for row in shadowed_rows:
        wanted = shelf.models[row.model_version].predict([record_of(int(row.patient[7:]))])
        assert row.risk == wanted.risk[0]
