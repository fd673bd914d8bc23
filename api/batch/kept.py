"""Keeping the rows of an upload in the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from api.history.history import History
from api.history.noting import Told, told
from api.history.rows import Origin, patient_key
from api.slots import Serving
from ml.bundle import Prediction
from ml.problems import Problem

_encode = msgspec.json.Encoder().encode


class Keeper:
    """Keeps what one model said about the rows of one upload.

    Args:
        history: where they are kept.
        origin: where the upload comes from.
        problem: what is predicted.
        serving: the model.
    """

    def __init__(
        self, history: History, origin: Origin, problem: Problem, serving: Serving
    ) -> None:
        self._history = history
        self._origin = origin
        self._problem = problem
        self._model = (serving.version.number, serving.model)

    def table(self, table: pa.Table, numbers: Sequence[int], prediction: Prediction) -> list[str]:
        """Keep rows of a table, which have these numbers (from 1), and return their ids.

        Raises:
            HistoryFull: nothing was kept.
        """
        key = self._problem.group_key
        patients = (
            [patient_key(value) for value in table[key].to_pylist()]
            if key in table.column_names
            else [None] * table.num_rows
        )
        inputs = [c.name for c in self._problem.inputs if c.name in table.column_names]
        objects = json_objects(table.select(inputs))
        return self._keep(Told(self._origin, objects, patients, _places(numbers)), prediction)

    def records(
        self,
        records: Sequence[Mapping[str, object]],
        numbers: Sequence[int],
        prediction: Prediction,
    ) -> list[str]:
        """Keep records; see `table`."""
        request = told((self._origin, records), self._problem.group_key, prediction.ignored)
        return self._keep(request._replace(places=_places(numbers)), prediction)

    def _keep(self, request: Told, prediction: Prediction) -> list[str]:
        return self._history.keep(self._problem.name, self._model, [request], prediction)


def _places(numbers: Sequence[int]) -> list[int]:
    return [number - 1 for number in numbers]


def json_objects(table: pa.Table) -> list[msgspec.Raw]:
    """Return each row as a JSON object, without what is null.

    Each distinct value of a column is encoded once: a dictionary for every row, and its
    encoding, would cost several times as much.
    """
    # Arrow leaves rows out where all is null, so that each begins with an empty text.
    members: list[Any] = [pa.array([b""] * table.num_rows, pa.large_binary())]
    members += [_members(name, table[name]) for name in table.column_names]
    members.append(pa.scalar(b",", pa.large_binary()))
    joined = pc.binary_join_element_wise(*members, null_handling="skip")
    return [msgspec.Raw(b"{%b}" % row[1:]) for row in joined.to_pylist()]


def _members(name: str, column: Any) -> Any:
    """Return `"name":value` for each row, null where the column is."""
    chunk = column.combine_chunks()
    codes = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
    start = _encode(name) + b":"
    distinct = [
        None if value is None else start + _encode(value) for value in codes.dictionary.to_pylist()
    ]
    return pa.array(distinct, pa.large_binary()).take(codes.indices)
