"""Who a request comes from, for the history."""

from __future__ import annotations

import time

from starlette.requests import Request

from api.history.rows import Origin


def caller_of(request: Request) -> str:
    """Return the caller's opaque name; `anonymous` where nobody has to say who calls."""
    # Read directly: `request.state` wraps it anew for every request.
    caller = request.scope.get("state", {}).get("caller")
    return "anonymous" if caller is None else str(caller.name)


def origin_of(request: Request) -> Origin:
    """Return where a request comes from, at the moment when it came in."""
    return Origin(request.scope["request_id"], caller_of(request), time.perf_counter())
