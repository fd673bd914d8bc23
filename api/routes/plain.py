"""Routes that are served without what the framework does for those that declare arguments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


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
