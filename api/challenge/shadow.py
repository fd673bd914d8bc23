"""The shadow: after an answer, the challenger scores the same records, and nobody waits."""

from __future__ import annotations

import random
import threading
import time
from queue import SimpleQueue
from typing import NamedTuple

import numpy as np

from api.body import Records
from api.challenge.challenger import Challenger
from api.history.history import History
from api.history.rows import Origin
from api.tally import Tally
from ml.bundle import Prediction

# How long an end waits for what is still to be scored.
_STOP_SECONDS = 5.0


class _Answered(NamedTuple):
    origin: Origin
    records: Records
    prediction: Prediction


class Shadow:
    """Scores a share of the answered requests in a thread of its own.

    Args:
        challenger: scores.
        history: keeps what it says, in the channel `shadow`.
        tally: counts it.
        most_records: how many may wait; what does not fit is dropped and counted.
    """

    def __init__(
        self, challenger: Challenger, history: History, tally: Tally, most_records: int
    ) -> None:
        self._challenger = challenger
        self._history = history
        self._tally = tally
        self._most = most_records
        self._queue: SimpleQueue[_Answered | None] = SimpleQueue()
        # Each is written by one thread alone; their difference is what waits.
        self._taken = self._done = 0
        name = f"shadow-{challenger.slot.name}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start to score."""
        self._thread.start()

    def stop(self) -> None:
        """Score what waits, for a few seconds at most. Blocks."""
        self._queue.put(None)
        self._thread.join(_STOP_SECONDS)

    def offer(self, origin: Origin, records: Records, prediction: Prediction) -> None:
        """Take a request that was answered, if it is among the share. Call it on the event loop."""
        if random.random() >= self._challenger.challenge.share:  # noqa: S311 # a sample, no secret
            return
        if hindrance := self._challenger.hindrance:
            self._challenger.missed(hindrance, len(records))
        elif self._taken - self._done + len(records) > self._most:
            self._challenger.missed("queue_full", len(records))
        else:
            self._taken += len(records)
            self._queue.put(_Answered(origin, records, prediction))

    def _run(self) -> None:
        while (answered := self._queue.get()) is not None:
            try:
                self._score(answered)
            except Exception as error:  # noqa: BLE001 # a thread that ends would end the trial
                self._challenger.failed(error, len(answered.records))
            self._done += len(answered.records)

    def _score(self, answered: _Answered) -> None:
        origin, records, said = answered
        serving = self._challenger.serving
        if serving is None:  # it ended in the meantime
            return self._challenger.missed(self._challenger.hindrance or "no_model", len(records))
        if self._history.crowded:  # the rest of the spool is for what was answered
            return self._challenger.missed("history_full", len(records))
        # The latency is the challenger's own, without the wait for its turn.
        origin = origin._replace(started=time.perf_counter())
        prediction = serving.model.predict(records)
        model = (serving.version.number, serving.model)
        problem = self._challenger.slot.problem
        self._history.note(origin, problem, model, records, prediction, "shadow")
        self._tally(serving.version.number, prediction.band_names)
        self._tally.seen(serving.version.number, prediction.risk.tolist(), prediction.missing)
        observe = self._challenger.metrics.difference.labels(problem.name).observe
        for difference in np.abs(prediction.risk - said.risk).tolist():
            observe(difference)
        return self._challenger.succeeded()
