"""Whether a problem's source can be reached, and what to do where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ml.data.source import fetch
from ml.errors import SourceUnavailable
from ml.problems import Problem
from ml.settings import SYNTHETIC, Settings, source_of


class Found(NamedTuple):
    """What a preflight found.

    Args:
        kind: `real` or `synthetic`.
        conf: what to tell the ingestion; empty where it finds the source by itself.
    """

    kind: str
    conf: dict[str, str]


def preflight(problem: Problem, state_dir: Path, warn: Callable[[str], None]) -> Found:
    """Fetch the source into the cache that the tasks share, and tell what it is.

    Args:
        problem: whose source it is.
        state_dir: the stack's folder, which holds the cache.
        warn: called with each line of the banner where synthetic data step in.

    Raises:
        SourceUnavailable: the source that the caller named cannot be reached. Only the
            default source falls back to the generator.
    """
    named = source_of(problem.name)
    try:
        delivery = fetch(problem, named, Settings(state_dir=state_dir))
    except SourceUnavailable as unavailable:
        if named:
            raise
        for line in _banner(problem.name, str(unavailable)):
            warn(line)
        return Found(SYNTHETIC, {"source": SYNTHETIC})
    return Found(delivery.kind, {})


def _banner(problem: str, reason: str) -> tuple[str, ...]:
    line = "*" * 78
    return (
        line,
        f"SYNTHETIC DATA: the source of {problem} could not be reached.",
        reason,
        "The synthetic generator steps in. NOTHING LEARNED FROM IT IS ABOUT PATIENTS.",
        f"To use the real data, set VIGIA_{problem.upper()}_SOURCE to a file or an address.",
        line,
    )
