"""Speaking the dialect of an earlier system: its field names, beside the house's own.

What a problem declares (`ml.problems.dialect`) becomes structs that have the fields of the
house's answers and those of the dialect, so that they are encoded and documented as any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

import msgspec

from api import body
from api.answers import Predictions, Service
from api.history.answers import Page, StoredPrediction
from api.history.rows import moment_of
from api.slots import Serving
from ml.errors import InvalidRecord, Violation
from ml.problems import Problem
from ml.problems.dialect import Answering, Dialect

Struct: TypeAlias = type[msgspec.Struct]

_TYPES: dict[str, Any] = {
    "predicted": str | None,
    "probability": float,
    "probabilities": dict[str, float],
    "time": datetime | None,
    "record": dict[str, Any],
}


class _Said(NamedTuple):
    """One prediction in the terms that a dialect has names for; see `Answering`."""

    predicted: str | None
    probability: float
    probabilities: dict[str, float]
    time: datetime | None
    record: Mapping[str, Any]


class Speaker:
    """Speaks the dialect of one problem.

    Args:
        problem: declares it.
        dialect: what it declares.
    """

    def __init__(self, problem: Problem, dialect: Dialect) -> None:
        self._dialect = dialect
        self._inputs = [column.name for column in problem.inputs]
        self._labels = {each.name: each.label.to(dialect.language) for each in problem.target.named}
        named = "".join(word.capitalize() for word in problem.name.split("_"))
        fields = _fields(dialect.answer)
        self.paths = dialect.paths
        self.answering = _struct(f"{named}Prediction", Predictions, fields) if fields else None
        self.listing = self._listing_struct(named)
        self.greeting = self._greeting_struct(named)

    @property
    def structs(self) -> tuple[Struct, ...]:
        """What is answered in the dialect."""
        found = (self.answering, self.listing, self.greeting)
        return tuple(struct for struct in found if struct is not None)

    def records(self, content: bytes, most: int) -> body.Records:
        """Return the records of a body, see `body.records`; all inputs may come as one list.

        Raises:
            InvalidRecord: the list is not of one value for each input.
        """
        found = body.records(content, most)
        name = self._dialect.values
        return [
            self._named(record[name]) if record.keys() == {name} else record for record in found
        ]

    def answer(
        self, content: bytes, records: body.Records, predictions: Predictions
    ) -> Predictions:
        """Return the answer to one bare record with the dialect's fields, any other as it is."""
        if self.answering is None or "records" in body.object_of(content):
            return predictions
        (detail,) = predictions.details
        said = _Said(
            predicted=self._labels[detail.predicted.name],
            probability=detail.probabilities[detail.predicted.name],
            probabilities=self._by_label(detail.probabilities),
            time=moment_of(predictions.ids[0]) if predictions.ids else None,
            record=records[0],
        )
        found: Predictions = _extended(self.answering, predictions, self._answer_fields(said))
        return found

    def page(self, page: Page) -> Page:
        """Return a page of the history with the dialect's list."""
        listing = self._dialect.history
        if listing is None or self.listing is None:
            return page
        members = [
            {listing.id: stored.id, **self._answer_fields(self._stored(stored))}
            for stored in page.predictions
        ]
        found: Page = _extended(self.listing, page, {listing.predictions: members})
        return found

    def greet(self, service: Service, serving: Serving | None) -> Service:
        """Return what the service says of itself with the dialect's fields."""
        greeting = self._dialect.greeting
        if greeting is None or self.greeting is None:
            return service
        accuracy = serving.model.info["metrics"].get("accuracy") if serving else None
        said = {
            greeting.loaded: serving is not None,
            greeting.accuracy: accuracy and accuracy["value"],
        }
        fields = greeting.texts | {name: value for name, value in said.items() if name}
        found: Service = _extended(self.greeting, service, fields)
        return found

    def _named(self, values: object) -> dict[str, Any]:
        names = self._inputs
        if not isinstance(values, list) or len(values) != len(names):
            rule = "length" if isinstance(values, list) else "type"
            message = f"must be a list of {len(names)} values, in this order: {', '.join(names)}"
            raise InvalidRecord([Violation(0, self._dialect.values, rule, message)])
        return dict(zip(names, values, strict=True))

    def _stored(self, stored: StoredPrediction) -> _Said:
        by_class = dict(zip(self._labels, stored.probabilities, strict=True))
        predicted = stored.predicted or ""  # an earlier release decided on none
        return _Said(
            predicted=self._labels.get(predicted),
            probability=by_class.get(predicted, stored.risk),
            probabilities=self._by_label(by_class),
            time=stored.time,
            record=stored.inputs,
        )

    def _by_label(self, by_class: Mapping[str, float]) -> dict[str, float]:
        return {self._labels[name]: value for name, value in by_class.items()}

    def _answer_fields(self, said: _Said) -> dict[str, Any]:
        names = msgspec.structs.asdict(self._dialect.answer)
        return {names[of]: value for of, value in said._asdict().items() if names[of]}

    def _listing_struct(self, named: str) -> Struct | None:
        listing = self._dialect.history
        if listing is None:
            return None
        fields = [(listing.id, str), *_fields(self._dialect.answer)]
        member = msgspec.defstruct(f"{named}Stored", fields, frozen=True, kw_only=True)
        return _struct(f"{named}Page", Page, [(listing.predictions, list[member])])  # type: ignore[valid-type] # made here

    def _greeting_struct(self, named: str) -> Struct | None:
        greeting = self._dialect.greeting
        if greeting is None:
            return None
        optional = [(greeting.loaded, bool), (greeting.accuracy, float | None)]
        fields = [
            *((name, str) for name in greeting.texts),
            *(each for each in optional if each[0]),
        ]
        return _struct(f"{named}Service", Service, fields)


def speaker_of(problem: Problem) -> Speaker | None:
    """Return what speaks a problem's dialect, where it declares one."""
    return Speaker(problem, problem.dialect) if problem.dialect else None


def _fields(answering: Answering) -> list[tuple[str, Any]]:
    names = msgspec.structs.asdict(answering)
    return [(name, _TYPES[of]) for of, name in names.items() if name]


def _struct(name: str, base: Struct, fields: Iterable[tuple[str, Any]]) -> Struct:
    """Return a struct of the base's fields and some more, documented like the base."""
    return msgspec.defstruct(
        name,
        list(fields),
        bases=(base,),
        namespace={"__doc__": base.__doc__},
        frozen=True,
        kw_only=True,
    )


def _extended(struct: Struct, said: msgspec.Struct, fields: Mapping[str, Any]) -> Any:
    return struct(**msgspec.structs.asdict(said), **fields)
