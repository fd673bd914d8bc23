"""A client of the platform's own API, as far as the embedded stack needs it."""

from __future__ import annotations

import time
from collections.abc import Mapping

import httpx
import msgspec

from ml.errors import ServiceFailed

_TIMEOUT_SECONDS = 60.0
# The types of the API's problem documents (RFC 9457).
_NO_MODEL = "urn:vigia:problem:no-model"
_REFUSED = "urn:vigia:problem:bundle-invalid"
_REGISTRY_AWAY = "urn:vigia:problem:registry-unavailable"


class Estimate(msgspec.Struct, frozen=True):
    """A metric with its 95 % interval."""

    value: float
    low: float
    high: float


class ModelInfo(msgspec.Struct, frozen=True):
    """What the embedded stack tells of the model in service."""

    problem: str
    name: str
    version: str
    data: str
    metrics: dict[str, Estimate]
    rows: dict[str, int]


class Api:
    """The prediction API.

    Args:
        address: such as `http://127.0.0.1:8000`.
        problem: the problem that is asked about.
        key: what the API knows this client by; empty where it asks nobody.
    """

    def __init__(self, address: str, problem: str, key: str = "") -> None:
        self._routes = f"{address}/models/{problem}"
        self._headers = {"authorization": f"Bearer {key}"} if key else {}

    def model_in_service(self, seconds: float) -> ModelInfo | None:
        """Let the API ask the registry now, and return the model that it then serves.

        Args:
            seconds: how long to go on asking while the API cannot reach the registry.

        Returns:
            The model, or `None` where none was ever promoted, or the promoted one is refused,
            such as one from before an upgrade that changed the contract.

        Raises:
            ServiceFailed: the registry stayed away.
        """
        deadline = time.monotonic() + seconds
        while (asked := self._ask("POST", "reload-model")).is_error:
            reason = asked.json().get("type", "")
            if reason in {_NO_MODEL, _REFUSED}:
                return None
            if reason != _REGISTRY_AWAY or time.monotonic() > deadline:
                _checked(asked)
            time.sleep(1)
        return msgspec.convert(_checked(self._ask("GET", "model-info")).json(), ModelInfo)

    def predict(self, record: Mapping[str, str | float]) -> float:
        """Return the probability for one record."""
        answer = _checked(self._ask("POST", "predict", {"records": [dict(record)]}))
        return float(answer.json()["predictions"][0])

    def _ask(self, method: str, route: str, body: object = None) -> httpx.Response:
        # The addresses are this machine's: a proxy of the caller's has no part in it.
        with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            address = f"{self._routes}/{route}"
            return client.request(method, address, json=body, headers=self._headers)


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        asked = f"{answer.request.method} {answer.request.url}"
        message = f"the API answered {answer.status_code} to {asked}: {answer.text[:500]}"
        raise ServiceFailed(message)
    return answer
