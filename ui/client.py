"""The pages' only way to the API: typed answers, and errors of the one tree."""

from __future__ import annotations

from typing import TypeVar

import httpx
import msgspec

from ml.errors import InvalidRecord, NoModel, UnknownProblem, VigiaError, Violation
from ml.problems.contract import Value
from ui.answers import Listing, ModelInfo, ProblemDocument, Scores

Answer = TypeVar("Answer")
CONNECT_SECONDS = 2.0
NO_MODEL = "urn:vigia:problem:no-model"


class ApiAway(VigiaError):
    """The API could not be reached, or did not answer in time."""


class ApiFault(VigiaError):
    """The API answered, but with nothing that the pages can use."""


class Client:
    """Asks the API; safe to share between threads.

    Every method raises `ApiAway`, `ApiFault`, `NoModel` (none is served yet) or
    `UnknownProblem` (the API does not serve this problem).

    Args:
        url: address of the API.
        timeout_seconds: how long it may stay silent.
        key: what it knows the pages by, where it asks for that.
    """

    def __init__(self, url: str, timeout_seconds: float, key: str = "") -> None:
        connect = min(CONNECT_SECONDS, timeout_seconds)
        self._http = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(timeout_seconds, connect=connect),
            headers={"authorization": f"Bearer {key}"} if key else {},
        )

    def models(self) -> Listing:
        """Return the problems that the API serves."""
        return self._ask("GET", "/models", Listing)

    def model_info(self, problem: str) -> ModelInfo:
        """Return what is served for `problem`."""
        return self._ask("GET", f"/models/{problem}/model-info", ModelInfo)

    def predict(self, problem: str, record: dict[str, Value]) -> Scores:
        """Return the answer for one `record`; raise `InvalidRecord` where it is refused."""
        body = msgspec.json.encode({"records": [record]})
        scores = self._ask("POST", f"/models/{problem}/predict", Scores, body)
        if not len(scores.predictions) == len(scores.details) == 1:
            message = "not one prediction for one record"
            raise ApiFault(message)
        return scores

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(self, method: str, path: str, kind: type[Answer], body: bytes = b"") -> Answer:
        headers = {"content-type": "application/json"} if body else {}
        try:
            response = self._http.request(method, path, content=body, headers=headers)
        except httpx.TransportError as error:
            message = f"{self._http.base_url} did not answer ({type(error).__name__})"
            raise ApiAway(message) from error
        if not response.is_success:
            raise _error_of(response)
        try:
            return msgspec.json.decode(response.content, type=kind)
        except msgspec.DecodeError as error:
            message = f"{method} {path}: {error}"
            raise ApiFault(message) from error


def _error_of(response: httpx.Response) -> VigiaError:
    """Return the error that a problem document stands for."""
    try:
        document = msgspec.json.decode(response.content, type=ProblemDocument)
    except msgspec.DecodeError:
        return ApiFault(f"HTTP {response.status_code}")
    match response.status_code:
        case 422 if document.errors:
            return InvalidRecord(
                [
                    Violation(e.record or 0, e.field or "", e.rule, e.message)
                    for e in document.errors
                ]
            )
        case 404:
            return UnknownProblem(document.detail or document.title)
        case 401 | 403:
            message = f"HTTP {response.status_code}: VIGIA_API_KEY must be a clinician's valid key"
            return ApiFault(message)
        case 503 if document.type == NO_MODEL:
            return NoModel(document.detail or document.title)
        case status:
            return ApiFault(f"HTTP {status}: {document.detail or document.title}")
