"""Every refusal is counted, and those that look like trespass are written down."""

from __future__ import annotations

import structlog
from starlette.types import Scope

from api.metrics import Metrics
from api.security.callers import ANYBODY, Caller
from api.security.errors import NotAllowed, NotAuthenticated, Refused, TooManyRequests
from api.security.limits import Buckets
from api.slots import Audit

log = structlog.get_logger()

# Of one caller, in each worker; all who are not known are one. The history is kept for ever.
_ROWS_PER_HOUR = 60


class Refusals:
    """Counts and audits; a flood of wrong keys floods neither the log nor the disk.

    Args:
        metrics: where refusals are counted.
        failures_per_minute: of one address, that are written down one by one.
        audit: keeps what happened in the history.
    """

    def __init__(self, metrics: Metrics, failures_per_minute: int, audit: Audit) -> None:
        self._metrics = metrics
        self._failures = Buckets(failures_per_minute / 60, failures_per_minute)
        self._kept = Buckets(_ROWS_PER_HOUR / 3600, _ROWS_PER_HOUR)
        self._audit_row = audit

    def note(self, scope: Scope, error: Refused) -> Refused:
        """Return the error to answer with: 429 for an address that fails too often."""
        if isinstance(error, NotAuthenticated):
            seconds = self._failures.take(_address(scope))
            if seconds:
                message = f"too many refused keys from this address; wait {seconds} seconds"
                error = TooManyRequests(message, "too_many_failures", seconds)
        self._metrics.refused.labels(error.reason).inc()
        if isinstance(error, (NotAuthenticated, NotAllowed)):
            self._audit(scope, error)
        return error

    def _audit(self, scope: Scope, error: Refused) -> None:
        """Leave a line without the key, and without an address that the caller made up."""
        caller: Caller | None = scope["state"].get("caller")
        operation = scope["state"].get("operation")
        log.warning(
            "access_refused",
            reason=error.reason,
            caller=caller.name if caller else None,
            operation=operation,
            address=_address(scope),
            request_id=scope.get("request_id"),
        )
        self._keep(caller.name if caller else ANYBODY.name, error.reason, operation)

    def _keep(self, caller: str, reason: str, operation: str | None) -> None:
        """Leave a row in the history, of which no caller can make many."""
        if not self._kept.take(caller):
            detail = f"{reason}: {operation}" if operation else reason
            self._audit_row("refused_access", "", caller, detail=detail)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else "unknown"
