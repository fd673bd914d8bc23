"""The record of every move of a version: who, when, why, from which run and data.

Each move is a tag of the registered model, under a name of its own that tells its time, so
that none overwrites another. It is written before the move: one that was killed in between
is on record, and nothing moves unrecorded.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from ml.registry.client import HASH_TAG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml.promoted import Version
    from ml.registry.client import Registry

MADE_PRODUCTION = frozenset({"promoted", "rolled back"})
_PREFIX = "vigia.move."
# What MLflow's table of tags holds, less what stands around the reason.
_LONGEST_REASON = 3000


Action: TypeAlias = Literal["staged", "promoted", "rolled back", "declined"]


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One move.

    Args:
        action: into staging, into production, back to an earlier version; or none, as a
            person has declined.
        version: the version that moved.
        replaced: the version that made way for it, if there was one.
        at: when, UTC.
        by: who.
        why: the reason.
        run_id: the MLflow run that made the version.
        digest: its bundle's.
        data: real or synthetic.
        data_hash: of the rows that it learned from.
    """

    action: Action
    version: str
    replaced: str | None
    at: datetime
    by: str
    why: str
    run_id: str
    digest: str
    data: str
    data_hash: str


def record_move(
    registry: Registry,
    action: Action,
    version: Version,
    replaced: Version | None,
    by: str,
    why: str,
) -> Move:
    """Put a move on record and return it."""
    move = Move(
        action=action,
        version=version.number,
        replaced=replaced.number if replaced else None,
        at=datetime.now(UTC),
        by=by,
        why=why[:_LONGEST_REASON],
        run_id=version.run_id,
        digest=version.digest,
        data=version.data,
        data_hash=registry.tags(version).get(HASH_TAG, ""),
    )
    key = f"{_PREFIX}{move.at:%Y%m%dT%H%M%S.%fZ}-{move.version}"
    value = msgspec.json.encode(move).decode()
    registry.client.set_registered_model_tag(version.name, key, value)
    return move


def moves(registry: Registry, name: str) -> list[Move]:
    """Return every move of a model's versions, oldest first.

    Raises:
        RegistryUnavailable: the server does not answer as it should.
    """
    tags = registry.model_tags(name)
    found = [value for key, value in sorted(tags.items()) if key.startswith(_PREFIX)]
    return [msgspec.json.decode(value, type=Move) for value in found]


def reigns(found: Sequence[Move], current: str | None) -> list[str]:
    """Return the versions that a rollback can go through, the one in production last.

    A promotion adds one, a rollback takes away all that came after its target.

    Args:
        found: the moves, oldest first.
        current: the version that is in production in fact: somebody may have moved the
            alias by hand.
    """
    line: list[str] = []
    for move in found:
        if move.action not in MADE_PRODUCTION:
            continue
        if move.version in line:
            del line[line.index(move.version) :]
        line.append(move.version)
    if current is not None and current in line:
        del line[line.index(current) :]
    return line if current is None else [*line, current]
