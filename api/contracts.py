"""Whether a model understands requests as the problem is declared here.

A bundle carries the contract that it was trained under, and reads requests by it; what the
service documents, derives its forms and its history from is the declaration. A weight in
pounds must not meet a model that learned kilograms. Texts for people may differ.
"""

from __future__ import annotations

from typing import Any

from ml.bundle import Schema
from ml.errors import BundleInvalid
from ml.problems.contract import Category, Code, Column, Number


def check(model: Schema, declared: Schema) -> None:
    """Raise `BundleInvalid` for a model of another problem, or of another contract."""
    if model.problem != declared.problem:
        message = f"the bundle is a model for {model.problem}, not for {declared.problem}"
        raise BundleInvalid(message)
    theirs, ours = _contract(model), _contract(declared)
    differing = sorted(name for name in theirs | ours if theirs.get(name) != ours.get(name))
    if differing:
        message = (
            f"the bundle was trained under another contract than this release declares: "
            f"{', '.join(differing)} differ; train a model with this release and promote it"
        )
        raise BundleInvalid(message)


def _contract(schema: Schema) -> dict[str, Any]:
    target = schema.target
    return {
        **{column.name: (type(column), column.needed, _rule(column)) for column in schema.columns},
        "the target": (target.column, tuple(target.classes.items())),
    }


def _rule(column: Column) -> tuple[object, ...]:
    match column:
        case Number():
            unit = column.unit.en if column.unit else ""
            return column.minimum, column.maximum, column.integer, unit
        case Category():
            return frozenset(column.values), column.unknown
        case Code():
            return column.pattern, column.system
    return ()
