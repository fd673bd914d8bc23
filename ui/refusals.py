"""What keeps the API from answering, as errors of the one tree.

VigiaError
├── ApiAway            it could not be reached, or did not answer in time
└── ApiFault           it answered, but with nothing that the pages can use
├── NotRecognised  it does not know the key or token
├── NotAllowed     it does, but the role may not do this
├── HistoryAway    the history's database does not answer
└── RegistryAway   the model registry does not answer
"""

from __future__ import annotations

from typing import Final

import httpx
import msgspec

from ml.errors import InvalidRecord, NoModel, UnknownProblem, VigiaError, Violation
from ui.answers import FieldError, ProblemDocument

_TYPE: Final = "urn:vigia:problem:"
_KEY: Final = "VIGIA_API_KEY must be a clinician's valid key"


class ApiAway(VigiaError):
    """The API could not be reached, or did not answer in time."""


class ApiFault(VigiaError):
    """The API answered, but with nothing that the pages can use."""


class NotRecognised(ApiFault):
    """The API does not know the key or token."""


class NotAllowed(ApiFault):
    """The API knows the caller, whose role may not do this."""


class HistoryAway(ApiFault):
    """The history's database does not answer; predictions go on."""


class RegistryAway(ApiFault):
    """The model registry does not answer; predictions go on."""


_STATUSES: dict[int, type[VigiaError]] = {401: NotRecognised, 403: NotAllowed}
_KINDS: dict[str, type[VigiaError]] = {
    "no-model": NoModel,
    "history-unavailable": HistoryAway,
    "history-full": HistoryAway,
    "registry-unavailable": RegistryAway,
    "unknown-prediction": ApiFault,
    "unknown-job": ApiFault,
}


def error_of(response: httpx.Response) -> VigiaError:
    """Return the error that a problem document stands for."""
    try:
        document = msgspec.json.decode(response.content, type=ProblemDocument)
    except msgspec.DecodeError:
        return ApiFault(f"HTTP {response.status_code}")
    said = document.detail or document.title
    if response.status_code == 422 and document.errors:
        return InvalidRecord([_violation(error) for error in document.errors])
    if kind := _KINDS.get(document.type.removeprefix(_TYPE)):
        return kind(said)
    if kind := _STATUSES.get(response.status_code):
        return kind(f"HTTP {response.status_code}: {_KEY}")
    if response.status_code == 404:
        return UnknownProblem(said)
    return ApiFault(f"HTTP {response.status_code}: {said}")


def _violation(error: FieldError) -> Violation:
    return Violation(error.record or 0, error.field or "", error.rule, error.message)
