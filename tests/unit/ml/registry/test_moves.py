from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ml.registry.moves import Action, Move, reigns


def move(action: Action, version: str) -> Move:
    return Move(
        action=action,
        version=version,
        replaced=None,
        at=datetime.now(UTC),
        by="",
        why="",
        run_id="",
        digest="",
        data="real",
        data_hash="",
    )


def up(version: str) -> Move:
    return move("promoted", version)


def back(version: str) -> Move:
    return move("rolled back", version)


@pytest.mark.parametrize(
    ("found", "current", "line"),
    [
        ([], None, []),
        ([], "4", ["4"]),
        ([up("1"), up("2")], "2", ["1", "2"]),
        ([up("1"), move("staged", "2"), move("declined", "2")], "1", ["1"]),
        ([up("1"), up("2"), up("3"), back("2")], "2", ["1", "2"]),
        ([up("1"), up("2"), up("3"), back("1")], "1", ["1"]),
        ([up("1"), up("2"), back("1"), up("3")], "3", ["1", "3"]),
        ([up("1"), up("2"), back("1"), back("2")], "2", ["1", "2"]),
        # Somebody moved the alias by hand.
        ([up("1"), up("2")], "7", ["1", "2", "7"]),
        ([up("1"), up("2"), up("3")], "2", ["1", "2"]),
        # A promotion that was killed on its way, and done again.
        ([up("1"), up("2"), up("2")], "2", ["1", "2"]),
    ],
)
def test_a_rollback_goes_through_those_that_were_promoted_and_not_undone(
    found: list[Move], current: str | None, line: list[str]
) -> None:
    assert reigns(found, current) == line
