"""The data contract: what a column may hold, and how one raw value is read.

A column's `read` is the only place where a raw value is parsed and checked. The offline
path calls it once for every distinct value of a batch, the API once for every value of a
record, so that both accept, refuse and understand exactly the same things.
"""

from __future__ import annotations

import math
import re
from functools import cached_property
from typing import Literal, TypeAlias

import msgspec

from ml.problems.text import Text

Value: TypeAlias = str | float | None

# `float` alone would also take `1_000`, `nan` and digits of other scripts.
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_LARGEST_ID = 10**15


class Refused(ValueError):
    """A raw value breaks the column's contract.

    Args:
        rule: short name of the broken rule, such as `maximum`.
        message: what is allowed. Does not repeat the value: it may be patient data.
    """

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class _Column(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What all columns share.

    Args:
        name: the column's name in the source and in a request.
        label: its name on a form.
        section: the form's section that it belongs to.
        help: one sentence for whoever fills in the form.
        required: whether a row without it is refused at ingestion.
        needed: whether a request without it is refused, too; any other input may be left out.
    """

    name: str
    label: Text
    section: str = ""
    help: Text | None = None
    required: bool = False
    needed: bool = False


class Number(_Column, frozen=True, tag="number"):
    """A number between `minimum` and `maximum`, both included, in `unit`."""

    minimum: float
    maximum: float
    unit: Text | None = None
    integer: bool = True

    def read(self, raw: object) -> float:
        """Return the number, or raise `Refused`."""
        value = self._parse(raw)
        if not self.minimum <= value <= self.maximum:
            rule = "minimum" if value < self.minimum else "maximum"
            raise Refused(rule, f"must lie between {self.minimum:g} and {self.maximum:g}")
        return value

    def _parse(self, raw: object) -> float:
        kind = "a whole number" if self.integer else "a number"
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise Refused("type", f"must be {kind}")
        if isinstance(raw, str) and not _NUMBER.fullmatch(raw.strip()):
            raise Refused("type", f"must be {kind}")
        try:
            value = float(raw)
        except OverflowError:
            raise Refused("type", f"must be {kind}") from None
        if not math.isfinite(value) or (self.integer and not value.is_integer()):
            raise Refused("type", f"must be {kind}")
        return value


class Category(_Column, frozen=True, tag="category"):
    """One of a closed set of values.

    Args:
        values: what may stand in the column, in the order of a form, with its label.
        unknown: those of the values that mean "not known"; they are read as missing.
    """

    values: dict[str, Text]
    unknown: frozenset[str] = frozenset()

    def read(self, raw: object) -> str | None:
        """Return the value, `None` where it means "not known", or raise `Refused`."""
        text = _text(raw)
        if text not in self.values:
            raise Refused("enum", f"must be one of {', '.join(self.values)}")
        return None if text in self.unknown else text


class Code(_Column, frozen=True, tag="code"):
    """A code from an open vocabulary, such as a diagnosis or a medical specialty.

    Args:
        pattern: the regular expression that the whole code must match.
        example: one that does, for messages and forms.
        system: what the codes are, such as `icd9`; forms use it to offer names.
    """

    pattern: str
    example: str
    system: Literal["", "icd9"] = ""

    def read(self, raw: object) -> str:
        """Return the code as text, or raise `Refused`."""
        text = _text(raw)
        if not self._expression.fullmatch(text):
            raise Refused("pattern", f"must look like {self.example} (pattern {self.pattern})")
        return text

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.ASCII)  # `\d` alone takes digits of other scripts


class Identifier(_Column, frozen=True, tag="identifier"):
    """A key of a record or of a patient: it links rows and never enters a model."""


Input: TypeAlias = Number | Category | Code
Column: TypeAlias = Number | Category | Code | Identifier


def _text(raw: object) -> str:
    """Return a code or category as text: `1`, `1.0` and `"1"` are the same id."""
    if isinstance(raw, str):
        return raw.strip()
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise Refused("type", "must be a text or a whole number")
    if abs(raw) < _LARGEST_ID and float(raw).is_integer():
        return str(int(raw))
    raise Refused("type", "must be a text or a whole number")
