"""Putting the security around an application."""

from __future__ import annotations

from collections.abc import Iterable

import anyio
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route

from api.metrics import Metrics
from api.security.credentials import Authentication
from api.security.deadlines import Deadlines
from api.security.guard import Allowed, Gate
from api.security.issuer_keys import IssuerKeys
from api.security.key_verifier import KeyVerifier
from api.security.limits import Buckets
from api.security.matrix import PUBLIC, permitted
from api.security.refusals import Refusals
from api.security.settings import SecuritySettings
from api.security.token_verifier import TokenVerifier
from api.slots import Audit

# Parts the operation from the other name of a route.
ALIAS = "_as_"


class Security:
    """The security of one application.

    Args:
        settings: how callers are known, and the limits.
        metrics: where refusals are counted.
        problems: the problems served, whose routes share their rows of the matrix.
        audit: keeps in the history who was refused.

    Raises:
        InvalidSettings: the file of keys cannot be used.
    """

    def __init__(
        self,
        settings: SecuritySettings,
        metrics: Metrics,
        problems: Iterable[str],
        audit: Audit,
    ) -> None:
        self._settings = settings
        self._problems = tuple(problems)
        self.refusals = Refusals(metrics, settings.failures_per_minute, audit)
        self._deadlines = Deadlines(settings.body_seconds, settings.request_seconds)
        self._issuer_keys: IssuerKeys | None = None
        self._authentication = self._authenticate()

    def install(self, app: FastAPI) -> None:
        """Guard every route that the application has by now."""
        settings = self._settings
        public = frozenset(
            route.path
            for route in app.routes
            if isinstance(route, Route) and operation_of(route, self._problems) in PUBLIC
        )
        for route in app.routes:
            self._guard(route)
        app.add_middleware(
            Gate,
            public=public,
            authentication=self._authentication,
            shares=Buckets(settings.rate_limit_per_second, settings.rate_limit_burst),
            deadlines=self._deadlines,
            refusals=self.refusals,
            max_in_flight=settings.max_in_flight,
        )
        if settings.cors_origins:
            # Outside the gate: a browser's preflight carries no key.
            app.add_middleware(
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=("GET", "POST", "DELETE"),
                allow_headers=("authorization", "content-type", "x-api-key", "x-request-id"),
                expose_headers=("retry-after", "x-request-id"),
            )

    async def watch(self) -> None:
        """End overdue requests and renew the issuer's keys, for ever."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._deadlines.watch)
            if self._issuer_keys is not None:
                group.start_soon(self._issuer_keys.watch)

    def _authenticate(self) -> Authentication | None:
        settings = self._settings
        match settings.authentication:
            case "off":
                return None
            case "keys":
                return Authentication(KeyVerifier(settings.keys_path))
            case "oidc":
                self._issuer_keys = IssuerKeys(settings.oidc_jwks, settings.oidc_refresh_seconds)
                return Authentication(TokenVerifier(settings, self._issuer_keys))

    def _guard(self, route: BaseRoute) -> None:
        if self._authentication is None or not isinstance(route, Route):
            return
        operation = operation_of(route, self._problems)
        if operation not in PUBLIC:
            route.app = Allowed(route.app, operation, permitted(operation), self.refusals)


def operation_of(route: Route, problems: Iterable[str]) -> str:
    """Return the operation of a route.

    It is the route's id without the problem's name that ends it, and without the other name
    under which the operation can be called there.
    """
    operation: str = getattr(route, "operation_id", None) or route.name
    for problem in problems:
        if route.path.startswith(f"/models/{problem}/"):
            operation = operation.removesuffix(f"_{problem}")
    return operation.partition(ALIAS)[0]
