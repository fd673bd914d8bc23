"""Texts that a person reads, in the languages of the clinician's pages."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING, Any, Self

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

# How a number is written in Spanish, against Python's way.
_SPANISH = str.maketrans({",": ".", ".": ",", "%": " %"})


class Text(msgspec.Struct, frozen=True):
    """One text in English and Spanish."""

    en: str
    es: str

    def to(self, language: str) -> str:
        """Return the text in `language`, one of `en` and `es`."""
        return {"en": self.en, "es": self.es}[language]

    @classmethod
    def of(cls, en: str, es: str, **values: object) -> Self:
        """Return two templates filled in, in the manner of `str.format`.

        Args:
            en: the English template.
            es: the Spanish one.
            values: by name; numbers are written as each language does, a `Text` in its own.
        """
        return cls(_English().format(en, **values), _InSpanish().format(es, **values))

    def filled(self, **values: object) -> Self:
        """Return this text as a template, filled in as by `of`."""
        return type(self).of(self.en, self.es, **values)

    @classmethod
    def same(cls, text: str) -> Self:
        """Return what is written alike in both languages, such as a name."""
        return cls(text, text)

    @classmethod
    def joined(cls, separator: str, texts: Iterable[Text]) -> Self:
        """Return texts as one, in their order."""
        listed = list(texts)
        return cls(separator.join(t.en for t in listed), separator.join(t.es for t in listed))


class _English(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return format(value.en if isinstance(value, Text) else value, format_spec)


class _InSpanish(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Text):
            return format(value.es, format_spec)
        text = format(value, format_spec)
        return text.translate(_SPANISH) if isinstance(value, int | float) else text
