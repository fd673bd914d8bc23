"""Writers: a batch's answers as lines of JSON or as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Protocol

import msgspec

from api.batch.answers import BatchEnd, BatchError, BatchStart, RowAnswer, ScoredRow
from api.batch.formats import AnswerFormat

_JOINED = " | "


class Writer(Protocol):
    """Turns answers into the bytes of a stream."""

    def start(self, line: BatchStart) -> bytes:
        """Return what comes before the first row."""

    def rows(self, answers: Sequence[RowAnswer]) -> bytes:
        """Return some rows."""

    def end(self, line: BatchEnd) -> bytes:
        """Return what comes after the last row."""

    def failed(self, line: BatchError) -> bytes | None:
        """Return the end of an answer that breaks off; `None` where nothing can say so."""


class Lines:
    """One JSON object a line; each says in `type` what it is."""

    def __init__(self) -> None:
        encoder = msgspec.json.Encoder()
        self._encode, self._encode_lines = encoder.encode, encoder.encode_lines

    def start(self, line: BatchStart) -> bytes:
        """Return the first line."""
        return self._encode(line) + b"\n"

    def rows(self, answers: Sequence[RowAnswer]) -> bytes:
        """Return a line for each row."""
        return self._encode_lines(answers)

    def end(self, line: BatchEnd) -> bytes:
        """Return the last line."""
        return self._encode(line) + b"\n"

    def failed(self, line: BatchError) -> bytes | None:
        """Return the last line of an answer that breaks off."""
        return self._encode(line) + b"\n"


class Csv:
    """CSV with one row for each of the upload's.

    What is said once stands in the answer's headers, not here. Warnings and broken rules
    are joined to one text each.

    Args:
        keys: the upload's key columns.
        classes: names of the classes whose probabilities have a column.
    """

    def __init__(self, keys: Sequence[str], classes: Sequence[str]) -> None:
        self._keys = tuple(keys)
        self._classes = tuple(f"probability_{name}" for name in classes)

    def start(self, _: BatchStart) -> bytes:
        """Return the header line."""
        names = ("id", "risk", "predicted", "band", "missing_count", "missing", "warnings")
        return _text([("row", *self._keys, *names, *self._classes, "errors")])

    def rows(self, answers: Sequence[RowAnswer]) -> bytes:
        """Return a line for each row."""
        nothing = ("",) * len(self._classes)
        return _text(
            [(answer.row, *self._key(answer), *_values(answer, nothing)) for answer in answers]
        )

    def end(self, _: BatchEnd) -> bytes:
        """Return nothing: a CSV ends with its last row."""
        return b""

    def failed(self, _: BatchError) -> bytes | None:
        """Return `None`: the connection must break, so that nobody takes it for complete."""
        return None

    def _key(self, answer: RowAnswer) -> list[object]:
        return [answer.key.get(name) for name in self._keys]


def writer(answer_format: AnswerFormat, keys: Sequence[str], classes: Sequence[str]) -> Writer:
    """Return the writer of a format.

    Args:
        answer_format: which.
        keys: the upload's key columns.
        classes: names of the classes whose probabilities a row has; none of only two.
    """
    return Csv(keys, classes) if answer_format == "csv" else Lines()


def _values(answer: RowAnswer, nothing: Sequence[str]) -> tuple[object, ...]:
    if isinstance(answer, ScoredRow):
        warnings = _JOINED.join(text.en for text in answer.warnings)
        missing = _JOINED.join(answer.missing)
        said = (answer.id, answer.risk, answer.predicted, answer.band, answer.missing_count)
        return *said, missing, warnings, *(answer.probabilities or ()), ""
    errors = (f"{error.field}: {error.message} ({error.rule})" for error in answer.errors)
    return "", "", "", "", "", "", "", *nothing, _JOINED.join(errors)


def _text(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
