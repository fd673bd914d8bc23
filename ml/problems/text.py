"""Texts that a person reads, in the languages of the clinician's pages."""

from __future__ import annotations

import msgspec


class Text(msgspec.Struct, frozen=True):
    """One text in English and Spanish."""

    en: str
    es: str

    def to(self, language: str) -> str:
        """Return the text in `language`, one of `en` and `es`."""
        return {"en": self.en, "es": self.es}[language]
