"""Who belongs to which declared subgroup."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ml.problems.contract import Category, Number
from ml.problems.text import Text

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from ml.problems.contract import Input, Value
    from ml.problems.gates import Subgrouping
    from ml.problems.problem import Problem

_NOT_KNOWN = Text(en="not known", es="no consta")
_OTHER = Text(en="other", es="otro")


class Members(NamedTuple):
    """The rows of one group of one column."""

    column: str
    label: Text
    rows: NDArray[np.intp]


def members(problem: Problem, records: pa.Table) -> list[Members]:
    """Return every group that occurs, in the declared order of columns and values.

    Args:
        problem: declares the columns.
        records: texts within the contract.
    """
    return [group for by in problem.subgroups for group in _of(problem, by, records)]


def _of(problem: Problem, by: Subgrouping, records: pa.Table) -> list[Members]:
    column = next(column for column in problem.inputs if column.name == by.column)
    encoded: Any = records[by.column].combine_chunks().dictionary_encode()
    distinct = [_read(problem, column, text) for text in encoded.dictionary.to_pylist()]
    labels = _labels(column, by)
    names = [_label(by, value) for value in distinct]
    codes = encoded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)
    by_row = np.array([*names, _NOT_KNOWN.en], dtype=object)[codes]
    found = [
        Members(by.column, label, np.flatnonzero(by_row == name))
        for name, label in [*labels.items(), (_OTHER.en, _OTHER), (_NOT_KNOWN.en, _NOT_KNOWN)]
    ]
    return [group for group in found if group.rows.size]


def _read(problem: Problem, column: Input, text: str) -> Value:
    return None if text in problem.source.missing | {""} else column.read(text)


def _labels(column: Input, by: Subgrouping) -> dict[str, Text]:
    """Return the label of every declared group, by a name that no other has."""
    if by.groups:
        return {group.label.en: group.label for group in by.groups}
    if isinstance(column, Number):
        return {f"{start:g}": _band(column, by, place) for place, start in enumerate(by.starts)}
    if isinstance(column, Category):
        known = (name for name in column.values if name not in column.unknown)
        return {name: column.values[name] for name in known}
    return {}


def _band(column: Number, by: Subgrouping, place: int) -> Text:
    start = f"{by.starts[place]:g}"
    unit = column.unit or Text(en="", es="")
    if place + 1 == len(by.starts):
        return Text(en=f"from {start} {unit.en}".strip(), es=f"desde {start} {unit.es}".strip())
    end = f"{by.starts[place + 1]:g}"
    return Text(
        en=f"{start} to below {end} {unit.en}".strip(),
        es=f"{start} a menos de {end} {unit.es}".strip(),
    )


def _label(by: Subgrouping, value: Value) -> str:
    """Return the name of the group that a value belongs to."""
    if value is None:
        return _NOT_KNOWN.en
    if by.groups:
        return next((g.label.en for g in by.groups if str(value) in g.values), _OTHER.en)
    if isinstance(value, float):
        place = bisect_right(by.starts, value) - 1
        return f"{by.starts[place]:g}" if place >= 0 else _OTHER.en
    return value
