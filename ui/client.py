"""The pages' only way to the API: typed answers, and errors of the one tree."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Self, TypeVar
from uuid import uuid4

import httpx
import msgspec

from ml.problems.contract import Value
from ui.answers import Caller, Explanations, Listing
from ui.answers.batch import End, Job, Line, RefusedRow, Result, ScoredRow, Start
from ui.answers.history import Page, Recorded, StoredFeedback
from ui.answers.model import Activity, ModelInfo, Versions
from ui.answers.monitoring import Monitored
from ui.observed import asking
from ui.refusals import ApiAway, ApiFault, error_of

__all__ = ["ApiAway", "ApiFault", "Client"]

Answer = TypeVar("Answer")
CONNECT_SECONDS = 2.0
UPLOAD_SECONDS = 120.0
JSON = "application/json"


class Client:
    """Asks the API; safe to share between threads.

    Every method raises `ApiAway`, `ApiFault` or one of its kinds (`NotRecognised`, `NotAllowed`),
    `NoModel` (none is served yet) or `UnknownProblem` (the API does not serve this problem).

    Args:
        url: address of the API.
        timeout_seconds: how long it may stay silent.
        key: what it knows the caller by, where it asks for that: a key or a token.
    """

    def __init__(self, url: str, timeout_seconds: float, key: str = "") -> None:
        connect = min(CONNECT_SECONDS, timeout_seconds)
        self._http = httpx.Client(
            base_url=url, timeout=httpx.Timeout(timeout_seconds, connect=connect)
        )
        self._key = key

    def known_by(self, key: str) -> Self:
        """Return a client over the same connections for another caller."""
        other = copy.copy(self)
        other._key = key  # noqa: SLF001 # a client's own copy
        return other

    def caller(self) -> Caller:
        """Return whom the API takes the caller for."""
        return self._ask("GET", "/whoami", Caller)

    def models(self) -> Listing:
        """Return the problems that the API serves."""
        return self._ask("GET", "/models", Listing)

    def model_info(self, problem: str) -> ModelInfo:
        """Return what is served for `problem`."""
        return self._ask("GET", f"/models/{problem}/model-info", ModelInfo)

    def versions(self, problem: str) -> Versions:
        """Return the versions of the model of `problem`."""
        return self._ask("GET", f"/models/{problem}/versions", Versions)

    def activity(self, problem: str, days: int) -> Activity:
        """Return what was answered in the last `days` days, counted."""
        return self._ask("GET", f"/models/{problem}/activity", Activity, query={"days": str(days)})

    def monitoring(self, problem: str) -> Monitored:
        """Return what the monitors found at their last look; `UnknownProblem` without monitors."""
        return self._ask("GET", f"/models/{problem}/monitoring", Monitored)

    def explain(self, problem: str, record: Mapping[str, Value]) -> Explanations:
        """Return the risk of one `record` and its reasons; `InvalidRecord` where it is refused."""
        body, request_id = {"records": [record]}, uuid4().hex
        path = f"/models/{problem}/explain"
        answer = self._ask("POST", path, Explanations, body=body, request_id=request_id)
        if len(answer.explanations) != 1:
            raise ApiFault("not one explanation for one record")
        return msgspec.structs.replace(answer, request_id=request_id)

    def predictions(self, problem: str, filters: Mapping[str, str]) -> Page:
        """Return one page of earlier predictions, newest first."""
        return self._ask("GET", f"/models/{problem}/predictions", Page, query=filters)

    def report(
        self, problem: str, prediction_id: str, outcome: str, observed_at: datetime
    ) -> Recorded:
        """Keep what really happened to the patient of one prediction."""
        record = {"prediction_id": prediction_id, "outcome": outcome, "observed_at": observed_at}
        return self._ask(
            "POST", f"/models/{problem}/outcomes", Recorded, body={"records": [record]}
        )

    def give_feedback(
        self, problem: str, prediction_id: str, opinion: Mapping[str, str]
    ) -> StoredFeedback:
        """Keep what the caller thinks of one prediction."""
        path = f"/models/{problem}/predictions/{prediction_id}/feedback"
        return self._ask("POST", path, StoredFeedback, body=opinion)

    def submit(self, problem: str, csv: bytes) -> Job:
        """Hand in a list as CSV in UTF-8, to be answered in the background."""
        path = f"/models/{problem}/predict-batch?mode=job"
        content = self._send("POST", path, csv, "text/csv", UPLOAD_SECONDS)
        return _read(content, Job, path)

    def job(self, problem: str, job: str) -> Job:
        """Return how a list stands."""
        return self._ask("GET", f"/models/{problem}/predict-batch/jobs/{job}", Job)

    def result(self, problem: str, job: str) -> Result:
        """Return the whole answer to a list that is done."""
        path = f"/models/{problem}/predict-batch/jobs/{job}/result"
        content = self._send("GET", path, seconds=UPLOAD_SECONDS)
        try:
            lines = msgspec.json.Decoder(Line).decode_lines(content)
        except msgspec.DecodeError as error:
            raise ApiFault(f"GET {path}: {error}") from error
        if not (lines and isinstance(lines[0], Start) and isinstance(lines[-1], End)):
            raise ApiFault("the result of the list is not complete")
        scored = tuple(line for line in lines if isinstance(line, ScoredRow))
        refused = tuple(line for line in lines if isinstance(line, RefusedRow))
        return Result(lines[0].model, scored, refused)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(
        self,
        method: str,
        path: str,
        kind: type[Answer],
        *,
        body: object = None,
        query: Mapping[str, str] | None = None,
        request_id: str = "",
    ) -> Answer:
        content = b"" if body is None else msgspec.json.encode(body)
        target = f"{path}?{httpx.QueryParams(query)}" if query else path
        return _read(self._send(method, target, content, request_id=request_id), kind, path)

    def _send(
        self,
        method: str,
        path: str,
        content: bytes = b"",
        content_type: str = JSON,
        seconds: float | None = None,
        request_id: str = "",
    ) -> bytes:
        headers = {"content-type": content_type} if content else {}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        timeout = httpx.USE_CLIENT_DEFAULT if seconds is None else httpx.Timeout(seconds, connect=2)
        with asking(method, path, request_id or uuid4().hex) as (told, heard):
            try:
                response = self._http.request(
                    method,
                    path,
                    content=content,
                    headers=headers | told,
                    timeout=timeout,
                )
            except httpx.TransportError as error:
                message = f"{self._http.base_url} did not answer ({type(error).__name__})"
                raise ApiAway(message) from error
            heard(response.status_code)
        if not response.is_success:
            raise error_of(response)
        return response.content


def _read(content: bytes, kind: type[Answer], path: str) -> Answer:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise ApiFault(f"{path}: {error}") from error
