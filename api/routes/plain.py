"""Routes that are served without what the framework does for those that declare arguments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from ml.errors import VigiaError

# Whatever a plain route raises on purpose; everything else is a fault of ours.
_HANDLED = (VigiaError, HTTPException)


class PlainRoute(APIRoute):
    """A route whose endpoint takes the request as it is, and returns a response.

    It is documented like any other. FastAPI would look for arguments to find, check and
    convert in every request, and for dependencies to close after it: two thirds of what it
    costs to serve one, and there are none. Errors go to the application's handlers.
    """

    def __init__(
        self, path: str, endpoint: Callable[[Request], Awaitable[Response]], **settings: Any
    ) -> None:
        super().__init__(path, endpoint, **settings)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            response = await endpoint(Request(scope, receive))
            await response(scope, receive, send)

        self.app = app


class Express:
    """Pure ASGI middleware: takes a request for a plain route there, without looking further.

    The framework tries one route after the other, within three layers that a plain route has
    no use for. Every other request goes on to it. Errors have the same handlers.

    Args:
        app: the framework's own way.
        routes: all routes of the application; they may be wrapped later.
        handlers: what answers an error, by its class.
    """

    def __init__(
        self, app: ASGIApp, routes: Sequence[BaseRoute], handlers: Mapping[Any, Any]
    ) -> None:
        self._app = app
        self._routes = {
            (method, route.path): route
            for route in reversed(routes)  # the first of an address counts, as it does there
            if isinstance(route, PlainRoute) and not route.param_convertors
            for method in route.methods
        }
        self._handlers = {kind: handler for kind, handler in handlers.items() if kind in _HANDLED}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        route = self._routes.get((scope.get("method", ""), scope.get("path", "")))
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"], scope["path_params"] = route, {}
        try:
            await route.app(scope, receive, send)
        except _HANDLED as error:
            handler = next(h for kind, h in self._handlers.items() if isinstance(error, kind))
            response = await handler(Request(scope, receive), error)
            await response(scope, receive, send)
