"""What stands before the routes: who calls, whether there is room, and for how long."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from api.problem_documents import of_error, respond
from api.security.callers import ANYBODY, Caller, Role
from api.security.credentials import Authentication
from api.security.deadlines import Deadlines
from api.security.errors import AnswerBroken, NotAllowed, Overloaded, Refused, TooManyRequests
from api.security.limits import Buckets
from api.security.refusals import Refusals


class Gate:
    """Pure ASGI middleware: authentication, share, room and deadlines of every request.

    It runs before the address is looked up, so that without a key nobody learns which
    addresses there are. The public ones pass: a probe must be answered under any load.

    Args:
        app: what it guards.
        public: paths that everybody may ask.
        authentication: finds the caller; `None` lets everybody be `ANYBODY`.
        shares: how often a caller may call; anybody's share has no end.
        deadlines: end what takes too long.
        refusals: count what is refused.
        max_in_flight: requests under way, beyond which none is taken.
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing that it checks
        self,
        app: ASGIApp,
        *,
        public: frozenset[str],
        authentication: Authentication | None,
        shares: Buckets,
        deadlines: Deadlines,
        refusals: Refusals,
        max_in_flight: int,
    ) -> None:
        self._app = app
        self._public = public
        self._authentication = authentication
        self._shares = shares
        self._deadlines = deadlines
        self._refusals = refusals
        self._max_in_flight = max_in_flight
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or answer why not."""
        if scope["type"] != "http" or scope["path"] in self._public:
            await self._app(scope, receive, send)
            return
        try:
            await self._serve(scope, receive, send)
        except Refused as error:
            noted = self._refusals.note(scope, error)
            if isinstance(error, AnswerBroken):
                raise  # too late for a document: the server must break the connection
            document = of_error(noted, scope["request_id"])
            await respond(document, scope, noted.headers)(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})
        if self._authentication is None:
            state["caller"] = ANYBODY
        else:
            caller = state["caller"] = await self._authentication.caller(scope["headers"])
            self._check_share(caller)
        if self._in_flight >= self._max_in_flight:
            message = f"{self._in_flight} requests are under way, which is all; try again"
            raise Overloaded(message, "overloaded")
        self._in_flight += 1
        try:
            await self._deadlines.serve(self._app, scope, receive, send)
        finally:
            self._in_flight -= 1

    def _check_share(self, caller: Caller) -> None:
        seconds = self._shares.take(caller.name)
        if seconds:
            message = f"{caller.name} calls too often; wait {seconds} s, or send more at once"
            raise TooManyRequests(message, "rate_limited", seconds)


class Allowed:
    """What stands before one route: whether the caller's role may call it.

    Args:
        app: the route.
        operation: its name in the matrix.
        roles: who may call it.
        refusals: count and audit what is refused.
    """

    def __init__(
        self, app: ASGIApp, operation: str, roles: frozenset[Role], refusals: Refusals
    ) -> None:
        self._app = app
        self._operation = operation
        self._roles = roles
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or raise `NotAllowed`."""
        caller: Caller = scope["state"]["caller"]
        if self._roles.isdisjoint(caller.roles):
            scope["state"]["operation"] = self._operation
            mine = ", ".join(sorted(caller.roles)) or "none"
            allowed = ", ".join(sorted(self._roles)) or "nobody"
            message = f"your role ({mine}) may not call {self._operation}; {allowed} may"
            raise self._refusals.note(scope, NotAllowed(message))
        await self._app(scope, receive, send)
