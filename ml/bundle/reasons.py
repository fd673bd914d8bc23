"""Reasons: what moved a risk most, as short sentences in the record's own terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ml.problems.contract import Category, Number
from ml.problems.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ml.problems.contract import Input

_NOT_GIVEN = Text(en="not given", es="no consta")
# A model shows what goes together, never what causes what.
_HIGHER = Text(en="associated with a higher risk", es="asociado a un riesgo mayor")
_LOWER = Text(en="associated with a lower risk", es="asociado a un riesgo menor")
# Of more than two classes the risk is the probability of one of them.
_LIKELIER = Text(
    en="associated with a higher probability of {}", es="asociado a una probabilidad mayor de {}"
)
_UNLIKELIER = Text(
    en="associated with a lower probability of {}", es="asociado a una probabilidad menor de {}"
)


class Reason(msgspec.Struct, frozen=True):
    """One input's part in a risk.

    Args:
        column: the input.
        contribution: what it adds to the log-odds of the risk.
        missing: whether it was absent or not known.
        sentence: the same in words.
    """

    column: str
    contribution: float
    missing: bool
    sentence: Text


class Reasons(msgspec.Struct, frozen=True):
    """The inputs that raise and lower a risk most, the strongest first."""

    up: tuple[Reason, ...]
    down: tuple[Reason, ...]


def reasons(
    columns: Sequence[Input],
    record: Mapping[str, object],
    missing: Sequence[str],
    contributions: Sequence[float],
    most: int,
    about: Text | None = None,
) -> Reasons:
    """Return at most `most` reasons in each direction.

    Args:
        columns: the inputs.
        record: their raw values, within the contract.
        missing: names of those that are absent or not known.
        contributions: of each input, in the order of `columns`.
        most: how many to name.
        about: the class that is explained, where there are more than two.
    """
    ranked = sorted(zip(contributions, columns, strict=True), key=lambda pair: pair[0])
    describe = _describer(record, frozenset(missing), _effects(about))
    up = tuple(describe(column, part) for part, column in ranked[: -most - 1 : -1] if part > 0)
    down = tuple(describe(column, part) for part, column in ranked[:most] if part < 0)
    return Reasons(up, down)


def _effects(about: Text | None) -> tuple[Text, Text]:
    """Return what is said of an input that raises the risk, and of one that lowers it."""
    if about is None:
        return _HIGHER, _LOWER
    raises, lowers = (
        Text(en=said.en.format(about.en), es=said.es.format(about.es))
        for said in (_LIKELIER, _UNLIKELIER)
    )
    return raises, lowers


def _describer(
    record: Mapping[str, object], missing: frozenset[str], effects: tuple[Text, Text]
) -> Callable[[Input, float], Reason]:
    def describe(column: Input, contribution: float) -> Reason:
        absent = column.name in missing
        value = _NOT_GIVEN if absent else _value(column, record[column.name])
        effect = effects[0] if contribution > 0 else effects[1]
        return Reason(column.name, contribution, absent, _sentence(column.label, value, effect))

    return describe


def _sentence(label: Text, value: Text, effect: Text) -> Text:
    return Text(
        en=f"{label.en}: {value.en}, {effect.en}", es=f"{label.es}: {value.es}, {effect.es}"
    )


def _value(column: Input, raw: object) -> Text:
    value = column.read(raw)
    if isinstance(column, Number) and isinstance(value, float):
        unit = column.unit or Text(en="", es="")
        number = str(int(value)) if value.is_integer() else repr(value)
        # Spanish writes decimals with a comma.
        spanish = number.replace(".", ",")
        return Text(en=f"{number} {unit.en}".rstrip(), es=f"{spanish} {unit.es}".rstrip())
    text = str(value)
    return column.values[text] if isinstance(column, Category) else Text(en=text, es=text)
