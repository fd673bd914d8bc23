"""What a model card says that nobody can compute."""

from __future__ import annotations

import msgspec

from ml.problems.text import Text


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """The words of those who answer for a problem's models.

    Args:
        use: what a risk is meant to help with.
        users: who is meant to see it.
        misuse: what it must not be used for.
        limits: what a reader must know of data and model.
        ethics: who could be harmed, and how.
        contest: what a patient or a clinician can do who disagrees.
    """

    use: Text
    users: Text
    misuse: tuple[Text, ...]
    limits: tuple[Text, ...]
    ethics: tuple[Text, ...]
    contest: Text
