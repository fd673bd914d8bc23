"""How a simulated user asks: with a key, with patience, and with manners."""

from __future__ import annotations

from collections.abc import Callable

import gevent
from load_settings import load
from locust.contrib.fasthttp import FastResponse, ResponseContextManager
from locust.exception import StopTest
from prepared import Material, Prepared

from locust import FastHttpUser, between

SETTINGS = load()

_TURNED_AWAY = frozenset({429, 503})
# Who is told to come back much later is gone for the rest of the run.
_LONGEST_WAIT_SECONDS = 30
JSON = "application/json"


class ApiUser(FastHttpUser):
    """A user of the API; the scenarios say what for."""

    abstract = True
    host = "http://127.0.0.1:8000"
    wait_time = between(SETTINGS.think_least_seconds, SETTINGS.think_most_seconds)
    connection_timeout = SETTINGS.patience_seconds
    network_timeout = SETTINGS.patience_seconds
    prepared: Prepared | None = None  # made when the run starts, for all users

    def material(self) -> Material:
        """Return the requests about a problem drawn by lot."""
        if self.prepared is None:
            raise StopTest("users came before their requests were made")
        return self.prepared.draw()

    def on_start(self) -> None:
        """Carry the key from now on, where there is one."""
        key = SETTINGS.api_key.get_secret_value()
        self.key = {"authorization": f"Bearer {key}"} if key else {}

    def get(self, name: str, path: str) -> FastResponse | None:
        """Read a page of the API, and return it; `None` where it did not come."""
        return self._ask(name, "GET", path, self.key, None, lambda _: True)

    def post(
        self,
        name: str,
        path: str,
        body: bytes,
        media_type: str = JSON,
        whole: Callable[[bytes], bool] = lambda _: True,
    ) -> FastResponse | None:
        """Send a body, and return the answer; `None` where there was none.

        Args:
            name: what it is counted under.
            path: of the route.
            body: what is sent.
            media_type: of the body.
            whole: tells whether an answer is complete, where its status does not.
        """
        headers = self.key | {"content-type": media_type}
        return self._ask(name, "POST", path, headers, body, whole)

    def _ask(
        self,
        name: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | None,
        whole: Callable[[bytes], bool],
    ) -> FastResponse | None:
        answer: ResponseContextManager
        with self.client.request(
            method,
            path,
            data=body,  # type: ignore[arg-type] # it takes bytes, too
            headers=headers,
            name=name,
            catch_response=True,
        ) as answer:
            failure = failure_of(answer, whole)
            if not failure:
                return answer
            answer.failure(failure)  # type: ignore[no-untyped-call] # not typed
        # Whoever is turned away comes back when the API says so, and not before.
        gevent.sleep(told_to_wait(answer) or 0)
        return None


def failure_of(answer: FastResponse, whole: Callable[[bytes], bool]) -> str:
    """Return why an answer is none, in words that are few, so that they can be counted."""
    if answer.status_code in _TURNED_AWAY:
        manners = "without" if told_to_wait(answer) is None else "with"
        return f"{answer.status_code} {manners} Retry-After"
    if not answer.status_code:
        return type(getattr(answer, "error", None)).__name__
    if answer.status_code >= 400:
        return str(answer.status_code)
    return "" if whole(answer.content or b"") else "incomplete"


def told_to_wait(answer: FastResponse) -> int | None:
    """Return after how many seconds the API wants to see a user again, if it says so."""
    seconds = str(answer.headers.get("retry-after", "")) if answer.headers else ""
    return min(int(seconds), _LONGEST_WAIT_SECONDS) if seconds.isdigit() else None
