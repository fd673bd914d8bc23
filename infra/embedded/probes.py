"""Whether a service does its work, asked over HTTP."""

from __future__ import annotations

from datetime import datetime

import httpx

from infra.embedded.settings import HOST

_PATIENCE_SECONDS = 5.0


def url(port: int) -> str:
    """Return the address of a service of this machine."""
    return f"http://{HOST}:{port}"


def answers(address: str) -> bool:
    """Tell whether a page is served."""
    answer = _get(address)
    return answer is not None and answer.is_success


def beats(airflow: str, component: str, since: float) -> bool:
    """Tell whether an Airflow component is healthy and has reported after `since`.

    A component that was killed counts as healthy for a while: only a report later than the
    start of the new process (seconds since 1970) is its own.
    """
    answer = _get(f"{airflow}/api/v2/monitor/health")
    if answer is None or not answer.is_success:
        return False
    report = answer.json()[component]
    if report["status"] != "healthy":
        return False
    return datetime.fromisoformat(report[f"latest_{component}_heartbeat"]).timestamp() > since


def _get(address: str) -> httpx.Response | None:
    try:
        return httpx.get(address, timeout=_PATIENCE_SECONDS, trust_env=False)
    except httpx.TransportError:
        return None
