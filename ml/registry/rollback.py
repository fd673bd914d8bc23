"""Rollback: back to an earlier version, in one step, on record."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ml import bundle
from ml.errors import NoModel, UserError
from ml.promoted import PRODUCTION
from ml.registry.client import WITHDRAWN_TAG
from ml.registry.moves import MADE_PRODUCTION, Move, moves, record_move, reigns
from ml.registry.promotion import settle

if TYPE_CHECKING:
    from ml.problems.problem import Problem
    from ml.promoted import Version
    from ml.registry.client import Registry


def rollback(registry: Registry, problem: Problem, by: str, why: str, to: str = "") -> Move:
    """Put an earlier version back into production and return what is on record of it.

    The version that leaves is withdrawn: no gate lets the same bundle in again, or the next
    training on the same data would undo the rollback.

    Args:
        registry: holds the versions.
        problem: whose model it is.
        by: who asks.
        why: the reason; must say something.
        to: the version to go back to; the one before by default.

    Raises:
        UserError: no reason is given, or the version is in production, or never was.
        NoModel: there is no version to go back to.
        BundleInvalid: its bundle would not load; nothing has moved.
        RegistryUnavailable: the server does not answer as it should.
    """
    if not why.strip():
        raise UserError("a rollback needs a reason: say why, for those who look later")
    return registry.call(_rollback, registry, problem.name, by, why.strip(), to)


def _rollback(registry: Registry, name: str, by: str, why: str, to: str) -> Move:
    current = registry.production(name)
    if current is None:
        raise NoModel(f"no version of {name} is in production: there is nothing to roll back")
    target = registry.version(name, to or _before(registry, current))
    _require_past(registry, target, current)
    _require_loadable(registry, target)
    move = record_move(registry, "rolled back", target, current, by, why)
    client = registry.client
    reason = f"rolled back by {by}: {why}"
    client.set_model_version_tag(name, current.number, WITHDRAWN_TAG, reason)
    client.set_registered_model_alias(name, PRODUCTION, target.number)
    client.delete_model_version_tag(name, target.number, WITHDRAWN_TAG)
    settle(registry, target)
    return move


def _before(registry: Registry, current: Version) -> str:
    line = reigns(moves(registry, current.name), current.number)
    if len(line) < 2:
        raise NoModel(
            f"version {current.number} is the first of {current.name} in production: name the "
            f"version to go to"
        )
    return line[-2]


def _require_past(registry: Registry, target: Version, current: Version) -> None:
    if target.number == current.number:
        raise UserError(f"version {target.number} of {target.name} is in production already")
    past = {move.version for move in moves(registry, target.name) if move.action in MADE_PRODUCTION}
    if target.number not in past:
        raise UserError(
            f"version {target.number} of {target.name} was never in production: promote it, so "
            f"that the gates see it"
        )


def _require_loadable(registry: Registry, target: Version) -> None:
    """Load the target as the service would, before anything moves."""
    with tempfile.TemporaryDirectory() as folder:
        bundle.load(registry.fetch(target, Path(folder)), expected_digest=target.digest)
