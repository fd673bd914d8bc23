"""What an expression of PromQL asks for, and a Prometheus that is asked."""

from __future__ import annotations

import math
import re
import time
from typing import Any

import httpx

# What is written like a metric's name, and is none.
_WORDS = frozenset(
    {"by", "on", "ignoring", "without", "and", "or", "unless", "bool", "offset", "inf", "nan"}
    | {"group_left", "group_right"}
)
_NOT_NAMES = re.compile(
    r'"[^"]*"|\'[^\']*\''  # texts
    r"|\{[^}]*\}|\[[^\]]*\]"  # labels and spans
    r"|\b(?:by|on|ignoring|without|group_left|group_right)\s*\([^)]*\)"
)
_NAME = re.compile(r"(?<![\w.])[a-zA-Z_:][a-zA-Z0-9_:]*(?!\w)(?!\s*\()")


def metrics_of(expr: str) -> set[str]:
    """Return the names of the metrics that an expression reads."""
    return set(_NAME.findall(_NOT_NAMES.sub(" ", expr))) - _WORDS


class Prometheus:
    """A Prometheus, asked as Grafana asks it."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60, trust_env=False)

    def close(self) -> None:
        """Ask no more: a connection left open would fail the whole run at its end."""
        self._http.close()

    def get(self, path: str) -> Any:
        answer = self._http.get(f"/api/v1/{path}")
        answer.raise_for_status()
        return answer.json()["data"]

    def now(self, expr: str) -> list[dict[str, Any]]:
        """Return the series that an expression gives; fail where it cannot be evaluated."""
        return self._ask("query", {"query": expr})

    def lately(self, expr: str, minutes: float) -> list[dict[str, Any]]:
        """Return the series that had a number in the last minutes."""
        now = time.time()
        span = {"start": str(now - minutes * 60), "end": str(now), "step": "15"}
        found = self._ask("query_range", {"query": expr, **span})
        return [
            series
            for series in found
            if any(not math.isnan(float(value)) for _, value in series["values"])
        ]

    def _ask(self, what: str, form: dict[str, str]) -> list[dict[str, Any]]:
        answer = self._http.post(f"/api/v1/{what}", data=form).json()
        assert answer["status"] == "success", f"{form['query']}: {answer.get('error')}"
        found = answer["data"]["result"]
        return found if isinstance(found, list) else []
