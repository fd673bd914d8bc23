"""What one call of a model said, and the answers of all requests that shared it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from api.answers import NOTICE, Detail, Model, Predictions
from api.slots import Serving
from ml.bundle import Prediction


class Scored:
    """A call's prediction; what the answers take from it is made once for all of them.

    Args:
        serving: the model that made all of it.
        prediction: of the records of all requests.
    """

    def __init__(self, serving: Serving, prediction: Prediction) -> None:
        self.serving = serving
        self.prediction = prediction

    @cached_property
    def model(self) -> Model:
        """The model as an answer names it."""
        version, model = self.serving.version, self.serving.model
        return Model(version.name, version.number, model.digest, model.data)

    @cached_property
    def risks(self) -> list[float]:
        """The risk of each record."""
        risks: list[float] = self.prediction.risk.tolist()
        return risks

    @cached_property
    def details(self) -> list[Detail]:
        """What belongs to each record's risk."""
        prediction = self.prediction
        parts = zip(
            prediction.missing,
            prediction.warnings,
            prediction.predicted,
            self.serving.model.by_class(prediction.probabilities),
            prediction.bands,
            strict=True,
        )
        return [Detail(*part) for part in parts]


class Answered(NamedTuple):
    """One request's share of a call.

    Args:
        scored: the call.
        start: the place of its first record among all.
        records: as they were sent.
        ids: of its predictions in the history.
    """

    scored: Scored
    start: int
    records: Sequence[Mapping[str, object]]
    ids: list[str]

    @property
    def serving(self) -> Serving:
        """The model that made all of it."""
        return self.scored.serving

    @property
    def prediction(self) -> Prediction:
        """What the model says about its records."""
        return self.scored.prediction.part(self.start, self.records)

    @property
    def answer(self) -> Predictions:
        """What is sent."""
        scored = self.scored
        rows = slice(self.start, self.start + len(self.records))
        return Predictions(
            predictions=scored.risks[rows],
            problem=scored.serving.model.problem,
            model=scored.model,
            details=scored.details[rows],
            ignored=scored.prediction.ignored_in(self.records),
            ids=self.ids,
            notice=NOTICE,
        )
