"""The steps of the rehearsal; each raises `ServiceFailed` where something does not hold."""

from __future__ import annotations

import time
from pathlib import Path

from infra.compose.rehearse import expected
from infra.compose.rehearse.expected import check
from infra.compose.rehearse.load import Load
from infra.compose.rehearse.stack import Stack
from infra.compose.rehearse.told import step
from ml.problems import Problem

# Those on the way of a prediction, of its history, and of a model; the first three in detail.
_FEW = ("api", "gateway", "serving-db", "mlflow", "minio", "mlflow-db", "airflow-scheduler")
_REPLICAS = 3
# Patience for a machine that is busy with something else; what it took is told.
_HEALTHY_SECONDS = 300.0
_SWAP_SECONDS = 120.0
_ANSWERS_OF_EACH = 40


class Rehearsal:
    """The steps on one stack.

    Args:
        stack: the project that is rehearsed.
        problem: whose model is learned and asked.
        folder: for the backup.
        all_services: whether every service is killed once, or those that matter most.
    """

    def __init__(self, stack: Stack, problem: Problem, folder: Path, *, all_services: bool) -> None:
        self._stack = stack
        self._problem = problem
        self._folder = folder
        self._all = all_services

    def up(self, *, real: bool) -> None:
        """Bring it up with a model, and look at what came of it."""
        step("make up")
        printed = self._stack.make("up")
        step("is up")
        command = ("run", "--rm", "--no-deps", "-T", "pipeline")
        told = self._stack.compose(
            *command, "python", "-m", "infra.compose", "--json", "--problem", self._problem.name
        )
        learned = expected.summary(told)
        step(f"learned: {learned}")
        check(learned["data"] == ("real" if real else learned["data"]), f"not real: {learned}")
        check("http://" in printed, "`make up` printed no address")
        stored = expected.stored_objects(self._stack)
        step(f"{stored} artifacts in the object store")
        check(stored > 0, "no artifact is in the object store")

    def scale(self) -> None:
        """Run three replicas: load is spread, all swap, what they count adds up."""
        self._stack.compose("up", "--detach", "--no-recreate", "--scale", f"api={_REPLICAS}")
        self._stack.await_healthy("api", _HEALTHY_SECONDS)
        time.sleep(3)  # the gateway asks the name server every second
        before = expected.counted(self._stack)
        with self._load() as load:
            time.sleep(5)
            version = expected.promote_another(self._stack, self._problem)
            promoted = time.monotonic()
            self._await_version(load, version)
            step(f"version {version} serves everywhere after {time.monotonic() - promoted:.1f} s")
            swapped = len(load.versions)
            time.sleep(5)
        check(set(load.versions[swapped:]) == {version}, "an old version came back")
        check(not load.failures, f"a swap lost requests: {load.failures[:3]}")
        each = [
            after - earlier
            for after, earlier in zip(expected.counted(self._stack), before, strict=True)
        ]
        step(f"answered by each replica: {each}, {len(load.ids)} in all")
        check(sum(each) == len(load.ids), "what the replicas count does not add up")
        check(min(each) > len(load.ids) / (3 * _REPLICAS), "the load was not spread")
        expected.kept(self._stack, load.ids)

    def kill(self) -> None:
        """Kill services under load, one after the other: each comes back, nothing is lost."""
        for service in self._stack.running() if self._all else _FEW:
            with self._load() as load:
                time.sleep(2)
                killed = time.monotonic()
                self._stack.crash(service)
                self._stack.await_healthy(service, _HEALTHY_SECONDS)
                back = time.monotonic() - killed
                answered = len(load.ids)
                deadline = time.monotonic() + _HEALTHY_SECONDS
                while len(load.ids) < answered + 20 and time.monotonic() < deadline:
                    time.sleep(0.5)
            check(len(load.ids) >= answered + 20, f"no prediction after {service} was killed")
            expected.kept(self._stack, load.ids)
            step(
                f"killed {service}: back after {back:.1f} s, {len(load.ids)} answers, "
                f"{len(load.failures)} failures {load.failures[:1]}, "
                f"longest wait {load.longest_gap:.2f} s, every answer in the history once"
            )

    def restore(self) -> None:
        """Save everything, remove everything, restore: the same predictions and history."""
        answers = expected.answers(self._stack, self._problem)
        time.sleep(3)  # until the spool is in the database
        history = expected.history(self._stack)
        saved = self._folder / "backup"
        self._script("backup.sh", saved)
        self._stack.make("down")
        check(not self._stack.left_over(), "`make down` left something")
        step("everything removed")
        self._stack.compose("up", "--detach", "--wait")
        self._script("restore.sh", saved)
        again = self._await_answers()
        check(again == answers, f"other predictions after the restore: {again}, {answers}")
        check(history <= expected.history(self._stack), "predictions are missing in the history")
        step(f"restored: same predictions, {len(history)} rows of history")

    def down(self) -> None:
        """Take it down and look for what is left."""
        self._stack.make("down")
        left = self._stack.left_over()
        check(not left, f"`make down` left {left}")
        step("nothing is left")

    def _load(self) -> Load:
        return Load(self._stack.api, self._stack.settings["API_KEY_CLINICIAN"], self._problem)

    def _await_version(self, load: Load, version: str) -> None:
        """Wait until many answers in a row come from that version, so that no replica is late."""
        deadline = time.monotonic() + _SWAP_SECONDS
        wanted = _REPLICAS * _ANSWERS_OF_EACH
        while load.versions[-wanted:].count(version) < wanted:
            late = set(load.versions[-wanted:]) - {version}
            check(time.monotonic() < deadline, f"version {version} does not serve alone: {late}")
            time.sleep(0.2)

    def _await_answers(self) -> list[float]:
        self._stack.await_healthy("api", _HEALTHY_SECONDS)
        self._stack.compose("run", "--rm", "--no-deps", "-T", "pipeline")
        return expected.answers(self._stack, self._problem)

    def _script(self, name: str, folder: Path) -> None:
        self._stack.script(f"infra/compose/{name}", str(folder))
        step(name)
