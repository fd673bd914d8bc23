"""Scoring of one piece: each row gets its risk, or what is wrong with it."""

from __future__ import annotations

from itertools import compress, repeat
from typing import Any

import numpy as np
import pyarrow as pa
from msgspec import UNSET
from numpy.typing import NDArray

from api.batch.answers import Key, RefusedRow, RowAnswer, ScoredRow
from api.batch.columns import keys_of
from api.batch.kept import Keeper
from api.batch.keys import key_of, record_violations, take_keys
from api.batch.pieces import Broken, Piece, RecordsPiece, TablePiece
from ml.bundle import LoadedModel, Prediction, TablePrediction
from ml.errors import InvalidRecord, Violation

_MOST_ERRORS = 50
_TWO = 2


class Scoring:
    """Scores the pieces of one upload with one model.

    Args:
        model: scores.
        longest: most characters of one value.
        keep: writes the history; `None` where there is none.
    """

    def __init__(self, model: LoadedModel, longest: int, keep: Keeper | None) -> None:
        schema = model.schema
        self._model = model
        self._longest = longest
        self._keep = keep
        self._keys = keys_of(schema)
        self._inputs = tuple(column.name for column in schema.inputs)
        self._reasons = tuple(scope.reason for scope in schema.out_of_scope)

    def answers(self, piece: Piece) -> list[RowAnswer]:
        """Return one answer a row, in the order of the upload."""
        found = self._table(piece) if isinstance(piece, TablePiece) else self._records(piece)
        if not piece.unreadable:
            return found
        rest = [RefusedRow(row, {}, (broken,)) for row, broken in piece.unreadable.items()]
        return _ordered([*found, *rest])

    def _table(self, piece: TablePiece) -> list[RowAnswer]:
        predicted = self._model.predict_rows(piece.table, self._longest)
        names = [name for name in self._keys if name in piece.table.column_names]
        bad, longest = predicted.violations, self._longest
        columns = [take_keys(piece.table[name], name, longest, bad) for name in names]
        by_row = zip(*columns, strict=True) if columns else [()] * piece.table.num_rows
        keys = list(map(dict, map(zip, repeat(names), by_row)))
        good = np.ones(len(keys), dtype=np.bool_)
        good[list(bad)] = False
        rows = np.flatnonzero(good).tolist()
        prediction = self._prediction(predicted, good)
        numbers = [piece.numbers[i] for i in rows]
        ids: list[str] = []
        if self._keep and rows:
            ids = self._keep.table(piece.table.filter(pa.array(good)), numbers, prediction)
        found = _scored(numbers, [keys[i] for i in rows], ids, prediction)
        refused = [_refused(piece.numbers[i], keys[i], bad[i]) for i in bad]
        return _ordered([*found, *refused]) if refused else found

    def _prediction(self, predicted: TablePrediction, good: NDArray[np.bool_]) -> Prediction:
        """Return the prediction of the good rows, as that of records would be."""
        probabilities = predicted.probabilities[good]
        risk, classes = self._model.judged(probabilities)
        return Prediction(
            probabilities=probabilities,
            risk=risk,
            predicted=classes,
            missing=_flagged(~predicted.known[good], self._inputs),
            warnings=_flagged(predicted.outside[good], self._reasons),
            bands=self._model.schema.bands_of(risk),
            ignored=self._keys,
        )

    def _records(self, piece: RecordsPiece) -> list[RowAnswer]:
        records, longest = piece.records, self._longest
        refused = {
            i: violations
            for i, record in enumerate(records)
            if (violations := record_violations(i, record, self._keys, longest))
        }
        rows, prediction = self._predicted(records, refused)
        keys = [key_of(record, self._keys, longest) for record in records]
        found: list[RowAnswer] = []
        if prediction:
            numbers = [piece.numbers[i] for i in rows]
            good = [records[i] for i in rows]
            ids = self._keep.records(good, numbers, prediction) if self._keep else []
            found = _scored(numbers, [keys[i] for i in rows], ids, prediction)
        bad = [_refused(piece.numbers[i], keys[i], refused[i]) for i in refused]
        return _ordered([*found, *bad]) if bad else found

    def _predicted(
        self, records: list[dict[str, Any]], refused: dict[int, list[Violation]]
    ) -> tuple[list[int], Prediction | None]:
        """Return the indices of the good records and their prediction; add to `refused`."""
        rows = [i for i in range(len(records)) if i not in refused]
        try:
            return rows, self._model.predict([records[i] for i in rows]) if rows else None
        except InvalidRecord as invalid:
            for violation in invalid.violations:
                refused.setdefault(rows[violation.record], []).append(violation)
        return self._predicted(records, refused)


def _scored(
    numbers: list[int], keys: list[dict[str, Key]], ids: list[str], prediction: Prediction
) -> list[RowAnswer]:
    """Return the answers of rows that were scored, once the history has them."""
    by_class = prediction.probabilities
    several = by_class.shape[1] > _TWO
    parts = zip(
        numbers,
        keys,
        ids or [""] * len(numbers),
        prediction.risk.tolist(),
        prediction.predicted,
        prediction.bands,
        prediction.missing,
        prediction.warnings,
        by_class.tolist() if several else repeat(UNSET, len(numbers)),
        strict=True,
    )
    return [
        ScoredRow(
            number,
            key,
            id_,
            risk,
            predicted.name,
            "" if band is None else band.name,
            len(missing),
            missing,
            warnings,
            probabilities,
        )
        for number, key, id_, risk, predicted, band, missing, warnings, probabilities in parts
    ]


def _ordered(answers: list[RowAnswer]) -> list[RowAnswer]:
    return sorted(answers, key=lambda answer: answer.row)


def _refused(row: int, key: dict[str, Key], violations: list[Violation]) -> RefusedRow:
    return RefusedRow(row, key, tuple(Broken.of(v) for v in violations[:_MOST_ERRORS]))


def _flagged(flags: NDArray[np.bool_], names: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Return the names flagged in each row; equal rows share one tuple."""
    if not flags.any():
        return [()] * len(flags)
    packed = np.packbits(flags, axis=1)
    codes = np.ascontiguousarray(packed).view(f"V{packed.shape[1]}").ravel().tolist()
    rows = {code: row for row, code in enumerate(codes)}
    named = {code: tuple(compress(names, flags[row].tolist())) for code, row in rows.items()}
    return [named[code] for code in codes]
